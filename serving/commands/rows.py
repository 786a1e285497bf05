"""Rows of a query on standard output: a table for people, CSV and JSON for programs.

CSV and JSON stream, hold nothing but the data, and keep decimals to their last digit. A table shows the first rows.
"""

import csv
import datetime as dt
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

SHOWN_ROWS = 200
LEAST_WIDTH = 7  # of a column in a table; narrower ones cannot be read
_BATCH = 10_000
_NUMBERS = (int, float, Decimal)


class Format(StrEnum):
    """What a result is printed as."""

    table = "table"
    lines = "lines"
    csv = "csv"
    json = "json"
    xlsx = "xlsx"
    parquet = "parquet"


class Result(Protocol):
    """The rows of a query that has run, as DuckDB's connection hands them out."""

    @property
    def description(self) -> Any:
        """A tuple per column that begins with its name."""

    def fetchmany(self, size: int = 1, /) -> list[Any]:
        """The next rows."""


class Held:
    """Rows that are in memory, to be printed like those of a query.

    Args:
        names: of the columns.
        rows: each by column name.
    """

    def __init__(self, names: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
        self.description = [(name,) for name in names]
        self._rest = iter([tuple(row[name] for name in names) for row in rows])

    def fetchmany(self, size: int = 1, /) -> list[Any]:
        """The next rows."""
        return [row for row, _ in zip(self._rest, range(size), strict=False)]


FILES = (Format.xlsx, Format.parquet)  # which go to a file and not to the terminal


def write_rows(result: Result, form: Format) -> None:
    """Print the rows of an executed query; a statement without a result prints nothing."""
    if not result.description:
        return
    names = [str(column[0]) for column in result.description]
    writers: dict[Format, Callable[[list[str], Result], None]] = {
        Format.table: _write_table,
        Format.lines: _write_lines,
        Format.csv: _write_csv,
        Format.json: _write_json,
    }
    writers[form](names, result)


def _stream(result: Result) -> Iterator[tuple[Any, ...]]:
    while batch := result.fetchmany(_BATCH):
        yield from batch


def _write_csv(names: list[str], result: Result) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for row in _stream(result):
        writer.writerow([as_text(value, null="") for value in row])


def _write_json(names: list[str], result: Result) -> None:
    separator = "["
    for row in _stream(result):
        sys.stdout.write(f"{separator}{as_json(dict(zip(names, row, strict=True)))}")
        separator = ",\n "
    sys.stdout.write("[]\n" if separator == "[" else "]\n")


def _write_table(names: list[str], result: Result) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Where no terminal sets a width, nothing is cut or folded.
    console = Console(width=None if sys.stdout.isatty() else 100_000, soft_wrap=not sys.stdout.isatty())
    if len(names) * (LEAST_WIDTH + 3) + 1 > console.width:
        print("too wide for this terminal: one column per line", file=sys.stderr)
        _write_lines(names, result)
        return
    rows = result.fetchmany(SHOWN_ROWS + 1)
    shown = rows[:SHOWN_ROWS]
    table = Table(header_style="bold")
    for place, name in enumerate(names):
        values = [row[place] for row in shown if row[place] is not None]
        is_number = bool(values) and all(isinstance(v, _NUMBERS) and not isinstance(v, bool) for v in values)
        table.add_column(Text(name), justify="right" if is_number else "left", overflow="ellipsis", no_wrap=True)
    for row in shown:
        table.add_row(*(Text(_for_reading(value), style="dim" if value is None else "") for value in row))
    if console.measure(table).maximum > console.width:
        print("values that end in … are cut; --format lines shows them whole", file=sys.stderr)
    console.print(table)
    if len(rows) > SHOWN_ROWS:
        print(f"the first {SHOWN_ROWS} rows; all of them with --format csv or json", file=sys.stderr)


def _write_lines(names: list[str], result: Result) -> None:
    """Each row as a block, a column per line."""
    width = max(map(len, names))
    for count, row in enumerate(_stream(result), 1):
        if count > SHOWN_ROWS:
            print(f"the first {SHOWN_ROWS} rows; all of them with --format csv or json", file=sys.stderr)
            return
        print(f"{'' if count == 1 else chr(10)}row {count}")
        for name, value in zip(names, row, strict=True):
            print(f"  {name:<{width}}  {_for_reading(value)}")


def _for_reading(value: object) -> str:
    """A value in a table: a float's digits beyond the sixth decimal tell a reader nothing."""
    return as_text(round(value, 6) if isinstance(value, float) else value, null="-")


def as_text(value: object, null: str) -> str:
    """One value as people and CSV readers expect it: ISO dates, true and false, nested values as JSON."""
    if value is None:
        return null
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, list | tuple | dict):
        return as_json(value)
    return str(value)


def as_json(value: object) -> str:
    """One value as JSON. A decimal is a number with all its digits, which `json.dumps` cannot write."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(name))}: {as_json(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(as_json(part) for part in value) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(as_text(value, null=""), ensure_ascii=False)
