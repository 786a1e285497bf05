"""The joins by which rows of gold are found again in the tables that they were computed from.

They repeat what the SQL of a model joins, because a model keeps no row numbers. A test compares each with an
independent query. The rates listed for a line in a foreign currency are those its date could have used.
"""

from lake.lineage.steps import Lineage, Step


def _same(*names: str) -> str:
    """The condition that both rows agree in columns of the same name."""
    return " and ".join(f"parent.{name} = child.{name}" for name in names)


def _dimension(key: str, silver: str, *more: Step) -> Lineage:
    return Lineage((key,), (Step(f"silver/{silver}", _same(key)), *more))


def _history(kind: str, silver: str) -> Lineage:
    step = Step(f"silver/{silver}_history", _same(f"{kind}_id", "valid_from"))
    return Lineage((f"{kind}_version_key",), (step,))


LINEAGES = {
    "gold/fct_order_line": Lineage(
        ("order_id", "line_number"),
        (
            Step("silver/order_lines", _same("order_id", "line_number")),
            Step("silver/orders", _same("order_id")),
            Step(
                "silver/exchange_rates",
                "child.currency <> child.house_currency and parent.currency in (child.currency, child.house_currency) "
                "and parent.rate_date between child.order_date - 7 and child.order_date",
            ),
        ),
    ),
    "gold/fct_sales_day": Lineage(
        ("release_id", "sales_date"),
        (
            Step(
                "gold/fct_order_line",
                "parent.is_product and parent.release_id = child.release_id and parent.order_date = child.sales_date",
            ),
        ),
    ),
    "gold/fct_inventory_snapshot": Lineage(
        ("release_id", "warehouse", "stock_date"),
        (Step("silver/inventory", _same("release_id", "warehouse", "stock_date")),),
    ),
    "gold/forecasts": Lineage(
        ("release_id", "origin", "horizon_days"),
        (
            Step("gold/fct_sales_day", "parent.release_id = child.release_id and parent.sales_date <= child.origin"),
            Step("gold/dim_release", _same("release_id")),
        ),
    ),
    "gold/dim_release": _dimension(
        "release_id",
        "releases",
        Step("silver/artists", _same("artist_id")),
        Step("silver/labels", _same("label_id")),
        Step("silver/tracks", "parent.release_id = child.release_id and parent.bpm is not null"),
    ),
    "gold/fct_order_line_version": Lineage(
        ("order_id", "line_number"),
        (
            Step("gold/fct_order_line", _same("order_id", "line_number")),
            *(
                Step(f"gold/dim_{kind}_history", _same(f"{kind}_version_key"))
                for kind in ("release", "artist", "buyer")
            ),
        ),
    ),
    "gold/dim_release_history": _history("release", "releases"),
    "gold/dim_artist_history": _history("artist", "artists"),
    "gold/dim_buyer_history": _history("buyer", "buyers"),
    "gold/fct_shipment": _dimension("shipment_id", "shipments"),
    "gold/fct_campaign": _dimension("campaign_id", "campaigns"),
    "gold/fct_buyer_interaction": _dimension("interaction_id", "buyer_interactions"),
    "gold/dim_carrier": _dimension("carrier_id", "carriers"),
    "gold/dim_buyer": _dimension("buyer_id", "buyers"),
    "gold/dim_artist": _dimension("artist_id", "artists"),
    "gold/dim_label": _dimension("label_id", "labels"),
}
