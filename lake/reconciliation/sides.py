"""The two sides of a reconciliation: how many rows lie in a part of a table, and what their sums are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Protocol

from lake.contract import Column, Contract
from lake.delta.views import literal, quoted
from lake.ingest.pulls.source import Key, Row, SourceTable

if TYPE_CHECKING:
    import duckdb

# A column that a source adds to its rows: whether the row changed after the watermark up to which was pulled.
IS_NEWER = "lacquer_is_newer"


@dataclass(frozen=True)
class Part:
    """Some rows of a table: those of a day whose first key column is greater than ``after``, not than ``until``."""

    day: str | None
    after: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Totals:
    """A count and the declared sums, exactly."""

    rows: int
    sums: tuple[Decimal | None, ...]

    @classmethod
    def of(cls, rows: int, sums: Sequence[object]) -> Totals:
        """The totals of texts or numbers; an empty sum is none."""
        return cls(rows, tuple(None if one is None else _decimal(one) for one in sums))


def _decimal(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal("NaN")


class Reconciled(Protocol):
    """What the database is asked, besides what a pull asks; ``pulled`` is the watermark up to which was pulled."""

    def day_totals(self, table: SourceTable, pulled: str | None) -> dict[str | None, Totals]:
        """Totals per day, in UTC, of the rows that are not newer than ``pulled``."""

    def part_totals(self, table: SourceTable, part: Part, pulled: str | None) -> Totals:
        """Totals of a part."""

    def rows_in(self, table: SourceTable, part: Part, pulled: str | None) -> Iterator[list[Row]]:
        """Every row of the part, newer ones too, with :data:`IS_NEWER`."""

    def rows_with(self, table: SourceTable, keys: Sequence[Key], pulled: str | None) -> Iterator[list[Row]]:
        """The rows with these keys, with :data:`IS_NEWER`."""


def source_column(contract: Contract, name: str) -> Column:
    """The contract's column that is fed by a column of the ERP.

    Raises:
        ValueError: the contract knows none.
    """
    for column in contract.columns:
        if column.source == name:
            return column
    raise ValueError(f"{contract.name}: no column comes from {name}, so it cannot be reconciled by it")


class Here:
    """Silver's side: the rows of one version, in the temporary table ``here`` of a connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, contract: Contract, table: SourceTable, rows_sql: str) -> None:
        self.con, self.key = con, source_column(contract, table.key[0])
        assert table.day is not None
        products = [" * ".join(quoted(source_column(contract, name).name) for name in one) for one in table.sums]
        self.sums = "".join(f", sum({product})" for product in products)
        day = quoted(source_column(contract, table.day).name)
        dated = f"select *, cast(cast({day} as date) as varchar) as day_of from ({rows_sql})"
        con.execute(f"create or replace temp table here as {dated}")

    def day_totals(self) -> dict[str | None, Totals]:
        """Totals per day."""
        found = self.con.execute(f"select day_of, count(*){self.sums} from here group by 1").fetchall()
        return {day: Totals.of(rows, sums) for day, rows, *sums in found}

    def part_totals(self, part: Part) -> Totals:
        """Totals of a part."""
        rows, *sums = self.con.execute(f"select count(*){self.sums} from here where {self.within(part)}").fetchall()[0]
        return Totals.of(rows, sums)

    def middle(self, part: Part) -> str | None:
        """A first key that halves the part; None where there is nothing to halve."""
        name = quoted(self.key.name)
        found = self.con.execute(
            f"select quantile_disc({name}, 0.5)::varchar, max({name})::varchar from here where {self.within(part)}"
        ).fetchall()[0]
        return found[0] if found[0] != found[1] else None

    def within(self, part: Part) -> str:
        """The condition that a row of ``here`` lies in the part."""
        name, kind = quoted(self.key.name), "varchar" if self.key.type == "string" else "bigint"
        conditions = [f"day_of is not distinct from {literal(part.day) if part.day else 'null'}"]
        conditions += [f"{name} > cast({literal(part.after)} as {kind})"] if part.after is not None else []
        conditions += [f"{name} <= cast({literal(part.until)} as {kind})"] if part.until is not None else []
        return " and ".join(conditions)
