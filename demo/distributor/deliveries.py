"""Lines on their way into landing files: what is delivered on which day, in which order, and what is broken on the way.

A delivery is a frame with one row per line: `landing` (day), `place` and `rank` (order within the day), `line` (text),
`key` (as JSON), `planted` and `outcome` (null where nothing was done on purpose). What is delivered is said in
`changes`, `catalogue` and `signals`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from demo.distributor.changes import LOOK_BACK_DAYS, line_changes, order_changes
from demo.distributor.options import Calendar, draws
from demo.distributor.orders import OrderBook
from demo.envelopes import erp_lines

ORDER = ["landing", "place", "lsn", "rank"]
COLUMNS = [*ORDER, "line", "key", "planted", "outcome"]
NOT_UTF8_MARK = "\uf8ff"  # stands for two bytes that are no UTF-8 until the line is written
NOT_UTF8_BYTES = b"\xff\xfe"
MALFORMED_SHARE = 0.0004

Mutations = Mapping[str, pl.Expr]
BROKEN_JSON = pl.col("line").str.head(pl.col("line").str.len_chars() // 2)
ERP_MUTATIONS: Mutations = {
    "json": BROKEN_JSON,
    "operation": pl.col("line").str.replace(r'"op":"[cur]"', '"op":"x"'),
    "required": pl.col("line").str.replace(r'"order_id":"[^"]*",', ""),
    "utf8": pl.col("line").str.replace('"sku":"', f'"sku":"{NOT_UTF8_MARK}', literal=True),
}


def iso(second: pl.Expr, calendar: Calendar) -> pl.Expr:
    """Return the ISO text, in UTC, of seconds counted from the first day."""
    return pl.from_epoch(second + calendar.start_s, time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def decimal(units: pl.Expr, digits: int) -> pl.Expr:
    """Return the decimal text of whole units of the last digit, exactly."""
    whole = units // 10**digits
    return pl.format("{}.{}", whole, (units % 10**digits).cast(pl.String).str.zfill(digits))


def malformed(delivery: pl.DataFrame, mutations: Mutations, seed: int, what: str, per_day: float) -> pl.DataFrame:
    """Return broken copies of some of the lines, to be delivered right after them; the good ones stay."""
    good = delivery.with_row_index("row").filter(pl.col("planted").is_null() & (pl.col("rank") == 0))
    rows: list[int] = []
    kinds: list[str] = []
    for (day,), lines in good.group_by("landing", maintain_order=True):
        rng = draws(seed, f"malformed {what}", int(day))
        for _ in range(int(rng.poisson(per_day))):
            rows.append(int(lines["row"][int(rng.integers(lines.height))]))
            kinds.append(list(mutations)[int(rng.integers(len(mutations)))])
    text = pl.col("line")
    for kind, mutation in mutations.items():
        text = pl.when(pl.col("planted") == kind).then(mutation).otherwise(text)
    return (
        delivery[pl.Series(rows, dtype=pl.UInt32)]
        .with_columns(
            planted=pl.Series(kinds, dtype=pl.String), outcome=pl.lit("dead_letter"), rank=pl.lit(2, pl.Int32)
        )
        .with_columns(line=text)
    )


def in_order(deliveries: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the deliveries as they are read: by day, then place."""
    return pl.concat([delivery.select(COLUMNS) for delivery in deliveries]).sort(ORDER, maintain_order=True)


@dataclass
class ErpDeliveries:
    """The lines of orders and order lines, day by day; what lands later is kept until its day comes."""

    book: OrderBook
    _next_day: int | None = None
    _pending: dict[str, pl.DataFrame] | None = None

    def between(self, first: int, last: int) -> dict[str, pl.DataFrame]:
        """Return what lands on the days from `first` to `last`, per table."""
        pending = self._pending if self._next_day == first else None
        orders, lines = self.book.between(first if pending is not None else first - LOOK_BACK_DAYS, last)
        changes = {"orders": order_changes(orders), "order_lines": line_changes(lines)}
        if pending is not None:
            changes = {table: pl.concat([pending[table], frame]) for table, frame in changes.items()}
        self._pending = {table: frame.filter(pl.col("landing") > last) for table, frame in changes.items()}
        self._next_day = last + 1
        landing = pl.col("landing").is_between(first, last)
        return {table: self._lines(frame.filter(landing), table) for table, frame in changes.items()}

    def _lines(self, changes: pl.DataFrame, table: str) -> pl.DataFrame:
        world = self.book.demand.world
        calendar, size = world.calendar, world.size
        amounts = {"price": decimal(pl.col("price"), 4)} if table == "order_lines" else {}
        rows = changes.with_columns(
            created_at=iso(pl.col("created"), calendar),
            changed_ms=(pl.col("changed") + calendar.start_s) * 1000,
            rank=pl.col("rank").cast(pl.Int32),
            **amounts,
        )
        text = rows.with_columns(line=erp_lines(rows, table)).with_columns(
            line=pl.when(pl.col("rank") == 1)
            .then(pl.lit("null"))
            .when(pl.col("planted") == "type")
            .then(pl.col("line").str.replace(r'"qty":-?\d+', '"qty":"twelve"'))
            .otherwise("line"),
            key=pl.struct(["order_id"] if table == "orders" else ["order_id", "line_no"]).struct.json_encode(),
        )
        delivery = in_order([text])
        if table == "orders":
            return delivery
        per_day = size.lines_per_day * MALFORMED_SHARE
        return in_order([delivery, malformed(delivery, ERP_MUTATIONS, size.seed, table, per_day)])


def planted_lines(delivery: pl.DataFrame, stream: str, name: str, lines_before: int) -> list[str]:
    """Return the planted list's entries for a piece of a file that begins after `lines_before` lines."""
    numbered = delivery.with_row_index("number", offset=lines_before + 1).filter(pl.col("planted").is_not_null())
    entries = []
    for row in numbered.select("number", "key", "planted", "outcome").iter_rows(named=True):
        dead = row["outcome"] == "dead_letter"
        entry = {
            "kind": "malformed" if dead else row["planted"],
            "stream": stream,
            "file": name,
            "line": row["number"],
            "key": json.loads(row["key"]),
            "outcome": row["outcome"],
            "rule": row["planted"] if dead else None,
        }
        entries.append(json.dumps(entry))
    return entries
