"""Thirty business questions in SQL that every engine understands, and a published lake of 20,000 order lines to ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from lake.delta.table import Table
from lake.lakehouse import Lake

LINES = 20_000
MEASURES = "count(*) as lines, sum(quantity) as units, sum(revenue) as revenue"
JOINED = "from fct_order_line l join dim_release r on l.release_id = r.release_id"
BUYERS = "from fct_order_line l join dim_buyer b on l.buyer_id = b.buyer_id"
QUESTIONS = (
    f"select {MEASURES} from fct_order_line",
    *(f"select {one}, {MEASURES} from fct_order_line group by {one}"
      for one in ("release_id", "buyer_id", "country", "is_return", "order_date")),
    *(f"select r.{one}, {MEASURES} {JOINED} group by r.{one}" for one in ("genre", "label_id", "title")),
    *(f"select b.{one}, {MEASURES} {BUYERS} group by b.{one}" for one in ("kind", "company_name")),
    f"select extract(year from order_date) as y, extract(month from order_date) as m, {MEASURES} "
    "from fct_order_line group by extract(year from order_date), extract(month from order_date)",
    "select count(distinct buyer_id) as buyers, count(distinct release_id) as releases from fct_order_line",
    "select min(order_date) as first_day, max(order_date) as last_day, min(revenue) as least, max(revenue) as most "
    "from fct_order_line",
    "select release_id, sum(quantity) as units from fct_order_line group by release_id having sum(quantity) > 900",
    "select buyer_id, max(order_date) as last_day from fct_order_line where not is_return group by buyer_id",
    "select country, count(*) as lines from fct_order_line where country is null group by country",
    "select count(country) as with_country, count(*) as lines from fct_order_line",
    "select release_id, sum(case when is_return then -quantity else 0 end) as returned from fct_order_line "
    "group by release_id",
    "select buyer_id, sum(revenue) as revenue from fct_order_line where order_date >= date '2025-06-01' "
    "group by buyer_id",
    "select release_id from fct_order_line where quantity > 0 group by release_id order by release_id limit 7",
    f"select r.genre, b.kind, {MEASURES} {JOINED} join dim_buyer b on l.buyer_id = b.buyer_id group by r.genre, b.kind",
    "select r.release_id, r.title from dim_release r left join fct_order_line l on l.release_id = r.release_id "
    "where l.order_id is null",
    "select title, list_price from dim_release where list_price > 20",
    "select genre, count(*) as releases, sum(list_price) as prices from dim_release group by genre",
    "select status, count(*) as orders from orders group by status",
    "select count(*) as orders, min(ordered_at) as first_at, max(ordered_at) as last_at from orders",
    "select o.status, sum(l.revenue) as revenue from orders o join fct_order_line l on l.order_id = o.order_id "
    "group by o.status",
    "select upper(kind) as kind, count(*) as buyers from dim_buyer group by upper(kind)",
    "select release_id, sum(share) as total, max(share) as largest from fct_order_line group by release_id",
    "select count(*) as lines from fct_order_line where share is null or share < 0.5",
)  # fmt: skip


def build(root: Path, seed: int = 24) -> Lake:
    """Write and publish the tables; some orders are deleted, some texts are missing or unusual."""
    lake = Lake(root)
    tables = {"gold/fct_order_line": _lines(Random(seed)), "gold/dim_release": _releases(), "gold/dim_buyer": _buyers(),
              "silver/orders": _orders()}  # fmt: skip
    lake.publish({key: Table(lake.path(key)).overwrite(rows) for key, rows in tables.items()}, "first-run")
    return lake


def _lines(draw: Random) -> pa.Table:
    rows = [
        {
            "order_id": f"O{number // 3}",
            "buyer_id": f"B{draw.randrange(40)}",
            "release_id": f"R{min(draw.randrange(60), draw.randrange(60))}",
            "quantity": (quantity := draw.choice((-2, 1, 1, 2, 5, 30))),
            "revenue": Decimal(quantity * draw.randrange(10_000, 400_000)) / 10_000,
            "order_date": dt.date(2024, 7, 1) + dt.timedelta(days=draw.randrange(700)),
            "is_return": quantity < 0,
            "country": draw.choice(("France", "Côte d'Ivoire", "日本", "", None)),
            "share": draw.choice((None, draw.randrange(64) / 64)),
        }
        for number in range(LINES)
    ]
    kinds = {
        "quantity": pa.int32(),
        "revenue": pa.decimal128(18, 4),
        "order_date": pa.date32(),
        "is_return": pa.bool_(),
        "share": pa.float64(),
    }
    return pa.Table.from_pylist(rows, pa.schema([(name, kinds.get(name, pa.string())) for name in rows[0]]))


def _releases() -> pa.Table:
    rows = [
        {"release_id": f"R{n}", "title": None if n % 9 == 0 else f"Title {n} 'q' é",
         "genre": ("jazz", "rock", None)[n % 3], "label_id": f"L{n % 7}", "list_price": Decimal(n * 41) / 100}
        for n in range(65)
    ]  # fmt: skip
    kinds = {"list_price": pa.decimal128(12, 4)}
    return pa.Table.from_pylist(rows, pa.schema([(name, kinds.get(name, pa.string())) for name in rows[0]]))


def _buyers() -> pa.Table:
    kinds = ("shop", "chain", "streaming")
    return pa.Table.from_pylist(
        [{"buyer_id": f"B{n}", "company_name": f"Shop {n}", "kind": kinds[n % 3]} for n in range(40)]
    )


def _orders() -> pa.Table:
    start = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
    rows = [
        {"order_id": f"O{n}", "status": ("open", "sent", None)[n % 3], "ordered_at": start + dt.timedelta(hours=n),
         "is_deleted": n % 10 == 0}
        for n in range(LINES // 3)
    ]  # fmt: skip
    kinds = {"ordered_at": pa.timestamp("us", "UTC"), "is_deleted": pa.bool_()}
    return pa.Table.from_pylist(rows, pa.schema([(name, kinds.get(name, pa.string())) for name in rows[0]]))


def plain(rows: Iterable[Iterable[Any]]) -> list[list[str]]:
    """Rows as texts in one order, however an engine types and sorts them."""
    return sorted([_text(value) for value in row] for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, str) and value[:2] == "20" and " UTC" in value:
        value = dt.datetime.fromisoformat(value.replace(" UTC", "+00:00"))
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="seconds")
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float | Decimal):
        return f"{Decimal(str(value)):.4f}"
    return "null" if value is None else str(value)
