"""Answers by DuckDB over the raw rows: written from the definitions, without any code of ours."""

from datetime import date

import duckdb
import polars as pl


def ask(query: str, sales: pl.DataFrame, origin: date, **frames: pl.DataFrame) -> pl.DataFrame:
    """The answer of a query over `sales`, with $origin, one row per series sold or listed up to the origin, by id."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        connection.register("sales", sales.to_arrow())
        for name, frame in frames.items():
            connection.register(name, frame.to_arrow())
        return pl.DataFrame(connection.sql(query, params={"origin": origin}).to_arrow_table())


def window(first: str, last: str, what: str = "y") -> str:
    """SQL for the sum over a window of days relative to the origin, both ends included."""
    return (
        f"coalesce(sum({what}) filter (where ds between $origin + interval ({first}) day"
        f" and $origin + interval ({last}) day), 0)"
    )


def per_series(columns: str) -> str:
    """SQL: the given aggregates for each series with a row up to the origin."""
    return (
        f"select unique_id, {columns} from sales group by unique_id"
        " having count(*) filter (where ds <= $origin) > 0 order by unique_id"
    )
