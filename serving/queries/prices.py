"""Prices of a release by country, and what it costs to buy."""

from serving.queries.reader import Reader, Row


def current_prices(reader: Reader, release_id: str) -> list[Row]:
    """The price that holds on the lake's newest day, per country."""
    if not reader.has("silver.prices") or reader.last_day is None:
        return []
    return reader.rows(
        "select country, price, currency, valid_from from silver.prices "
        "where release_id = $release and valid_from <= $today "
        "qualify row_number() over (partition by country order by valid_from desc) = 1 order by country",
        {"release": release_id, "today": reader.last_day},
    )


BOUGHT = ("list_price", "unit_cost", "list_margin", "supplier", "lead_days", "least_order", "order_by")


def buying(reader: Reader, release_id: str) -> Row:
    """Cost, margin, supply and the day to order by; empty where the catalogue states neither cost nor lead time.

    The day is that of the plan where one is published, which knows the stock, else that for the release date.
    """
    if any(name not in reader.columns.get("gold.dim_release", {}) for name in BOUGHT):
        return {}
    known = f"select {', '.join(BOUGHT)}, currency from gold.dim_release where release_id = $release"
    row = reader.one(known, {"release": release_id})
    if row.get("unit_cost") is None and row.get("lead_days") is None:
        return {}
    if "order_by" in reader.columns.get("gold.mart_plan", {}):
        planned = reader.one(
            "select order_by from gold.mart_plan where release_id = $release and horizon_days = 30 "
            "and origin = (select max(origin) from gold.mart_plan)",
            {"release": release_id},
        )
        row["order_by"] = planned.get("order_by") or row["order_by"]
    price, margin = row["list_price"], row["list_margin"]
    return row | {"margin_share": float(margin / price) if price and margin is not None else None}
