"""Write published tables to files: Excel, Parquet, CSV, or one DuckDB database; each whole or not at all."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lake.delta.views import literal, quoted

if TYPE_CHECKING:
    import duckdb

EXCEL_ROWS = 1_048_575
ENDINGS = {"xlsx": ".xlsx", "parquet": ".parquet", "csv": ".csv"}


class ExportError(ValueError):
    """The tables cannot be written so; the message says why and what to do."""


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A file beside the target, which takes its place when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        for left in (part, part.with_name(f"{part.name}.wal")):
            with contextlib.suppress(FileNotFoundError):
                left.unlink()


def export_query(con: "duckdb.DuckDBPyConnection", query: str, target: Path, form: str) -> int:
    """Write what a query returns to a file, and return its rows.

    Raises:
        ExportError: a sheet of Excel has no room for the rows.
    """
    with whole(target) as part:
        if form == "xlsx":
            return _to_excel(con, query, part, target.stem)
        options = "format parquet, compression zstd" if form == "parquet" else "format csv, header true"
        row = con.execute(f"copy ({query}) to {literal(str(part))} ({options})").fetchone()
    return int(row[0]) if row else 0


def _to_excel(con: "duckdb.DuckDBPyConnection", query: str, part: Path, sheet: str) -> int:
    import xlsxwriter

    count = con.execute(f"select count(*) from ({query})").fetchone()
    rows = int(count[0]) if count else 0
    if rows > EXCEL_ROWS:
        raise ExportError(
            f"{sheet} has {rows:,} rows and a sheet of Excel has room for {EXCEL_ROWS:,}: use parquet or csv"
        )
    result = con.execute(query)
    names = [column[0] for column in result.description or ()]
    with xlsxwriter.Workbook(
        str(part), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        page, head = book.add_worksheet(sheet[:31]), book.add_format({"bold": True})
        dates = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        page.freeze_panes(1, 0)
        page.write_row(0, 0, names, head)
        at = 0
        while batch := result.fetchmany(5000):
            for row in batch:
                at += 1
                for place, value in enumerate(row):
                    _write_cell(page, at, place, value, dates)
    return rows


def _write_cell(page: object, at: int, place: int, value: object, dates: dict[str, object]) -> None:
    import datetime as dt
    import math
    from decimal import Decimal

    from serving.commands.rows import as_text

    write = getattr(page, "write")  # noqa: B009 (xlsxwriter ships no types)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return
    if isinstance(value, dt.datetime):
        write(at, place, value.replace(tzinfo=None), dates["moment"])
    elif isinstance(value, dt.date):
        write(at, place, value, dates["date"])
    elif isinstance(value, bool | int | float | Decimal):
        write(at, place, float(value) if isinstance(value, Decimal) else value)
    else:
        write(at, place, as_text(value, null=""))


def export_database(con: "duckdb.DuckDBPyConnection", tables: Sequence[str], target: Path) -> dict[str, int]:
    """Write tables into one DuckDB file, with the comments of the data dictionary; rows by table.

    Whoever has the old file open keeps reading it.
    """
    comments = _comments()
    counts: dict[str, int] = {}
    with whole(target) as part:
        con.execute(f"attach {literal(str(part))} as export")
        try:
            for table in tables:
                name = table.split(".")[1]
                con.execute(f"create table export.{quoted(name)} as from {table}")
                row = con.execute(f"select count(*) from export.{quoted(name)}").fetchone()
                counts[name] = int(row[0]) if row else 0
                words, columns = comments.get(table, ("", {}))
                if words:
                    con.execute(f"comment on table export.{quoted(name)} is {literal(words)}")
                there = {column for (column, *_) in con.execute(f"describe export.{quoted(name)}").fetchall()}
                for column, said in columns.items():
                    if column in there:
                        con.execute(f"comment on column export.{quoted(name)}.{quoted(column)} is {literal(said)}")
        finally:
            con.execute("detach export")
    return counts


def _comments() -> dict[str, tuple[str, dict[str, str]]]:
    """What the data dictionary says of each table and its columns, by layer.name."""
    from assets.dictionary import entries
    from resources.dbt.project import load_manifest

    return {
        f"{one.layer}.{one.name}": (one.words, {column.name: column.words for column in one.fields})
        for one in entries(load_manifest())
    }
