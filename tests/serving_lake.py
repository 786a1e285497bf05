"""A small published lake for tests of the API and its queries: two labels, four releases, known figures."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.delta.table import Table
from lake.lakehouse import Lake

ORIGIN = date(2026, 1, 31)
MONEY, PRICE = pa.decimal128(18, 4), pa.decimal128(12, 4)
OWNERS = {"R1": "L1", "R2": "L1", "R3": "L2", "R4": "L2"}
TITLES = {"R1": "Blue Hours", "R2": "Café Noir", "R3": "blue <b>Sky</b>", "R4": None}
# order, line, buyer, release, quantity, house revenue, day
LINES: tuple[tuple[str, int, str, str, int, str, date], ...] = (
    ("O1", 1, "B1", "R1", 10, "100.00", date(2025, 12, 5)),
    ("O1", 2, "B1", "R3", 4, "20.50", date(2025, 12, 5)),
    ("O2", 1, "B2", "R3", 6, "30.10", date(2026, 1, 10)),
    ("O3", 1, "B1", "R1", -2, "-20.00", date(2026, 1, 20)),
    ("O4", 1, "B3", "R4", 1, "9.99", date(2026, 1, 30)),
)


def releases() -> pa.Table:
    """The catalogue."""
    rows = [
        {
            "release_id": key,
            "title": TITLES[key],
            "artist_id": f"A{key[1]}",
            "artist_name": f"Artist {key[1]}",
            "label_id": label,
            "label_name": {"L1": "First Label", "L2": "Second Label"}[label],
            "genre": "jazz" if key in ("R1", "R3") else "rock",
            "format": "LP",
            "release_date": date(2025, 1, int(key[1])),
            "list_price": Decimal("12.9900"),
            "currency": "EUR",
            "is_published": True,
        }
        for key, label in OWNERS.items()
    ]
    return pa.Table.from_pylist(rows).set_column(9, "list_price", pa.array([row["list_price"] for row in rows], PRICE))


def order_lines() -> pa.Table:
    """The lines of `LINES`."""
    names = ("order_id", "line_number", "buyer_id", "release_id", "quantity", "house_revenue", "order_date")
    rows: list[dict[str, Any]] = []
    for line in LINES:
        row: dict[str, Any] = dict(zip(names, line, strict=True))
        row |= {
            "house_revenue": Decimal(row["house_revenue"]),
            "house_currency": "EUR",
            "is_return": row["quantity"] < 0,
            "is_product": True,
            "country": "France",
            "order_month": row["order_date"].replace(day=1),
        }
        rows.append(row)
    kept = pa.Table.from_pylist(rows)
    place = kept.column_names.index("house_revenue")
    return kept.set_column(place, "house_revenue", kept["house_revenue"].cast(MONEY))


def sales_days() -> pa.Table:
    """Lines added up by release and day."""
    rows = [
        {
            "release_id": release,
            "sales_date": day,
            "gross_units": max(units, 0),
            "net_units": units,
            "net_revenue": Decimal(money),
            "currency": "EUR",
        }
        for _, _, _, release, units, money, day in LINES
    ]
    kept = pa.Table.from_pylist(rows)
    return kept.set_column(4, "net_revenue", kept["net_revenue"].cast(MONEY))


def royalty_statement() -> pa.Table:
    """December and January at 20% of the second label's releases; those of the first have no rate."""
    rows = [
        {
            "statement_month": day.replace(day=1),
            "label_id": OWNERS[key],
            "label_name": {"L1": "First Label", "L2": "Second Label"}[OWNERS[key]],
            "artist_id": f"A{key[1]}",
            "artist_name": f"Artist {key[1]}",
            "release_id": key,
            "title": TITLES[key],
            "sold_units": max(units, 0),
            "returned_units": max(-units, 0),
            "net_units": units,
            "net_revenue": Decimal(money),
            "royalty_percent": Decimal(20) if OWNERS[key] == "L2" else None,
            "royalty": round(Decimal(money) / 5, 2) if OWNERS[key] == "L2" else None,
            "currency": "EUR",
        }
        for _, _, _, key, units, money, day in LINES
    ]
    return pa.Table.from_pylist(rows)


def forecasts(scale: float = 1.0) -> pa.Table:
    """Forecasts of R1, R2 and R3 at the origin, and of R1 one at an older origin that nobody must be shown."""
    rows = []
    for origin in (ORIGIN, ORIGIN - timedelta(days=30)):
        for place, key in enumerate(("R1", "R2", "R3") if origin == ORIGIN else ("R1",), 1):
            for horizon in (30, 60, 90):
                units = scale * place * horizon if origin == ORIGIN else 9999.0
                row: dict[str, Any] = {"release_id": key, "origin": origin, "horizon_days": horizon}
                row |= {"starts_on": origin + timedelta(days=1), "model": "lightgbm", "revenue_model": "lightgbm"}
                for target, factor in (("units", 1.0), ("revenue", 10.0)):
                    parts = {"mean": 1.0, "p10": 0.5, "p50": 1.0, "p90": 2.0}
                    row |= {f"{target}_{part}": units * factor * share for part, share in parts.items()}
                row |= {"currency": "EUR", "risk_level": "Low", "model_version": "abc@1"}
                rows.append(row | {"made_at": datetime(2026, 2, 1, 6, tzinfo=UTC)})
    return pa.Table.from_pylist(rows).cast(
        pa.schema(
            pa.field(field.name, pa.int32() if field.name == "horizon_days" else field.type)
            for field in pa.Table.from_pylist(rows).schema
        )
    )


def stock() -> pa.Table:
    """Stock of R1 and R3."""
    return pa.Table.from_pylist(
        [
            {
                "release_id": key,
                "as_of_date": ORIGIN,
                "on_hand": 20,
                "reserved": 5,
                "available": 15,
                "incoming": 0,
                "units_per_day": 1.5,
                "expected_units_30d": 30.0,
                "days_of_cover": cover,
                "stock_out_risk": risk,
            }
            for key, cover, risk in (("R1", 10.0, "High"), ("R3", 40.0, "Low"))
        ]
    )


def buyers() -> pa.Table:
    """Three buyers."""
    return pa.Table.from_pylist(
        [{"buyer_id": f"B{n}", "company_name": f"Shop {n}", "kind": "shop", "country": "France"} for n in (1, 2, 3)]
    )


def raw() -> pa.Table:
    """Raw rows with a personal name, which no interface may show."""
    return pa.table({"payload": ["Jane Doe"], "release_id": ["R1"]})


TABLES: dict[str, Callable[[], pa.Table]] = {
    "gold/dim_release": releases,
    "gold/dim_buyer": buyers,
    "gold/fct_order_line": order_lines,
    "gold/fct_sales_day": sales_days,
    "gold/forecasts": forecasts,
    "gold/mart_stock_cover": stock,
    "gold/mart_royalty_statement": royalty_statement,
    "bronze/erp_changes": raw,
}


def build(root: Path) -> Lake:
    """Write and publish all tables in a folder."""
    lake = Lake(root)
    lake.publish({key: Table(lake.path(key)).overwrite(make()) for key, make in TABLES.items()}, "first-run")
    return lake


def republish(lake: Lake, key: str, rows: pa.Table) -> int:
    """Replace a table and publish it; the number of the new state."""
    return lake.publish({key: Table(lake.path(key)).overwrite(rows)}, "next-run")
