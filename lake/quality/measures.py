"""What is measured per day of a table: rows, levels of numbers, shares, mixes of categories.

Each measure names the column that it is about, so that a finding does too. The SQL runs on DuckDB over ``data``, the
table at one version, whose day is the column ``day``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "level", "share", "mix"]
DAMAGED = "regexp_matches({0}, '\ufffd|Ã[\x80-\xbf]|Â[\x80-\xbf]|â€')"


@dataclass(frozen=True)
class Measure:
    """A number per day.

    Attributes:
        name: what is measured, in words.
        column: which column it is about; None: the table.
        sql: an aggregate over the day's rows; of a ``mix`` the category.
        kind: ``count``: compared by its logarithm; ``level`` (a mean of logarithms) and ``share``: as it is; ``mix``:
            the distance of the day's shares from those of the past.
    """

    name: str
    column: str | None
    sql: str
    kind: Kind


@dataclass(frozen=True)
class Watched:
    """A table that is compared with its own past.

    Attributes:
        table: ``layer/name``.
        day: SQL of the day of a row: of business, or of the source's change.
        measures: what is measured.
        added: columns that measures need beside the table's own, as SQL.
    """

    table: str
    day: str
    measures: tuple[Measure, ...]
    added: str = ""

    @property
    def name(self) -> str:
        """The table's bare name."""
        return self.table.partition("/")[2]


def _level(column: str) -> Measure:
    return Measure(f"mean logarithm of {column}", column, f"avg(ln(abs({column}::double) + 0.01))", "level")


def _far(column: str) -> Measure:
    sql = f"avg((abs(date_diff('day', {column}::date, source_changed_at::date)) >= 7)::int)"
    return Measure(f"share of {column} a week or more from the source's change", column, sql, "share")


def _missing(column: str) -> Measure:
    return Measure(f"share without {column}", column, f"avg(({column} is null)::int)", "share")


def _damaged(column: str) -> Measure:
    return Measure(
        f"share of damaged {column}", column, f"avg(coalesce({DAMAGED.format(column)}, false)::int)", "share"
    )


ROWS = Measure("rows", None, "count(*)", "count")
ORDER_LINES = Watched(
    "silver/order_lines",
    "ordered_at::date",
    (
        ROWS,
        Measure("lines per order", None, "count(*) / count(distinct order_id)", "count"),
        Measure(
            "lines that repeat another of the day",
            "line_number",
            "1 - count(distinct (order_id[:2], release_id, quantity, unit_price, ordered_at)) / count(*)",
            "share",
        ),
        _level("quantity"),
        _level("unit_price"),
        Measure("share of returns", "quantity", "avg((quantity < 0)::int)", "share"),
        Measure("share of whole prices", "unit_price", "avg((unit_price = floor(unit_price))::int)", "share"),
        Measure("mix of currency", "currency", "currency", "mix"),
        Measure("mix of item_category", "item_category", "item_category", "mix"),
    ),
)
ORDERS = Watched(
    "silver/orders",
    "ordered_at::date",
    (
        ROWS,
        Measure("buyers", "buyer_id", "count(distinct buyer_id)", "count"),
        Measure("mix of country", "country", "country", "mix"),
        Measure("mix of channel", "channel", "channel", "mix"),
        Measure("mix of currency", "currency", "currency", "mix"),
        _missing("country"),
        _missing("channel"),
        _missing("buyer_id"),
        Measure("share of buyers who never ordered before", "buyer_id", "avg(is_first::int)", "share"),
        _damaged("country"),
        _damaged("channel"),
    ),
    added=", min(ordered_at::date) over (partition by buyer_id) = ordered_at::date as is_first",
)
# By the day on which the source changed them, rows whose dates are shifted stand together, wherever these dates lie.
CHANGED = "source_changed_at::date"
CHANGED_LINES = Watched("silver/order_lines", CHANGED, (_far("ordered_at"),))
CHANGED_ORDERS = Watched("silver/orders", CHANGED, (_far("ordered_at"),))
WATCHED = (ORDER_LINES, ORDERS, CHANGED_LINES, CHANGED_ORDERS)
