"""Days of which a source states a year or a month alone: optional ones are left empty, and the run says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.contract import Column, Contract

if TYPE_CHECKING:
    import duckdb

# 2024, 2024-05, 2024-05-00: what a source writes where it does not know the day.
PARTIAL_DAY = "[0-9]{4}(-(0?[0-9]|1[0-2])(-00?)?)?"


def partial_columns(contract: Contract) -> list[Column]:
    """Optional days and moments that come from the source."""
    days = [column for column in contract.columns if column.source and column.type in ("date", "timestamp")]
    return [column for column in days if column.nullable]


def is_partial_sql(text: str) -> str:
    """SQL: whether a text states a year or a month alone."""
    return f"coalesce(regexp_full_match({text}, '{PARTIAL_DAY}'), false)"


def partial_days(con: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[str, ...]:
    """What a run says of such days among the rows that were staged last; nothing where there are none."""
    count, example = con.execute("select coalesce(sum(rows), 0)::bigint, min(text) from partial").fetchall()[0]
    if not count:
        return ()
    names = ", ".join(column.name for column in partial_columns(contract))
    return (f"{contract.name}: {count:,} rows state no day in {names} (first: {example!r}); it is left empty there",)
