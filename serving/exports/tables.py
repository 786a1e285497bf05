"""A published table as a file: CSV, Excel or Parquet."""

import csv
import datetime as dt
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lake.delta.views import quoted
from serving.exports.cells import harmless
from serving.queries.reader import Reader

if TYPE_CHECKING:
    import duckdb

Form = Literal["csv", "xlsx", "parquet"]
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
AT_ONCE = 20_000
MOST_OF_EXCEL = 1_048_575  # rows below the header of a sheet
# Texts stay texts: neither formulas nor links are made of them.
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}


class TooLargeError(ValueError):
    """The table has more rows than a sheet can hold."""


def exportable(reader: Reader) -> dict[str, dict[str, str]]:
    """The tables that a reader shows, by their bare name, with the type of each column; gold goes before silver."""
    found: dict[str, dict[str, str]] = {}
    for table in sorted(reader.columns):
        found.setdefault(table.split(".")[1], reader.columns[table])
    return found


def _select(reader: Reader, name: str) -> "duckdb.DuckDBPyConnection":
    layer = next(layer for layer in ("gold", "silver") if reader.has(f"{layer}.{name}"))
    return reader.cursor().execute(f"select * from {layer}.{quoted(name)}")


def csv_lines(reader: Reader, name: str) -> Iterator[bytes]:
    """The table as CSV, piece by piece; UTF-8 with a mark, so that Excel reads it so."""
    rows = _select(reader, name)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([str(column[0]) for column in rows.description or []])
    yield "\ufeff".encode()
    while chunk := rows.fetchmany(AT_ONCE):
        writer.writerows([_text(value) for value in row] for row in chunk)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _text(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return harmless(value)


def write_xlsx(reader: Reader, name: str, path: Path) -> None:
    """Write the table as a workbook: a header that stays in view, filters, real numbers and dates.

    Raises:
        TooLargeError: the table has more rows than a sheet can hold.
    """
    import xlsxwriter

    rows = _select(reader, name)
    names = [str(column[0]) for column in rows.description or []]
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, **SAFE}) as book:
        lines = itertools.chain.from_iterable(iter(lambda: rows.fetchmany(AT_ONCE), []))
        _fill(book, name, names, lines)


def write_sheet(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet with these rows."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **SAFE}) as book:
        _fill(book, name, columns, rows)
    return file.getvalue()


def _fill(book: Any, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(name[:31])
    bold, day, moment = (
        book.add_format({"bold": True}),
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    )
    sheet.write_row(0, 0, columns, bold)
    line = 0
    for line, row in enumerate(rows, 1):
        if line > MOST_OF_EXCEL:
            raise TooLargeError(f"{name} has more than {MOST_OF_EXCEL:,} rows, which no sheet holds; take csv")
        for place, value in enumerate(row):
            _write(sheet, line, place, value, day, moment)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(line, 1), max(len(columns) - 1, 0))


def _write(sheet: Any, line: int, place: int, value: Any, day: Any, moment: Any) -> None:
    if value is None:
        return
    if isinstance(value, dt.datetime):
        sheet.write_datetime(line, place, value.astimezone(dt.UTC).replace(tzinfo=None), moment)
    elif isinstance(value, dt.date):
        sheet.write_datetime(line, place, dt.datetime.combine(value, dt.time()), day)
    elif isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, float(value))
    else:
        sheet.write_string(line, place, str(harmless(value))[:32767])


def write_parquet(reader: Reader, name: str, path: Path) -> None:
    """Write the table as Parquet, with its types and its texts as they are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    layer = next(layer for layer in ("gold", "silver") if reader.has(f"{layer}.{name}"))
    relation = reader.cursor().sql(f"select * from {layer}.{quoted(name)}")
    batches: pa.RecordBatchReader = relation.to_arrow_reader(AT_ONCE)
    with batches, pq.ParquetWriter(path, batches.schema) as file:
        for batch in batches:
            file.write_batch(batch)
