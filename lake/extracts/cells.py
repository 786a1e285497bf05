"""The rows of an extract as text, whatever its format: nothing is typed, so money and leading zeros stay what they are.

A CSV's cells are its characters. Parquet's are cast by DuckDB: decimals in all their digits, moments in ISO 8601. Excel
stores numbers as floats and shows fifteen digits of them; that is what is taken (0.30000000000000004 is 0.3), with
dates and times in ISO 8601 and without a zone. A cell with a formula has its last computed value, an error none.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from lake.extracts.options import Options
from lake.extracts.records import decoded_lines, delimiter_of, records
from lake.views import duckdb_connection, quoted

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 20_000
FORMATS = (".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz", ".tsv.zst", ".parquet", ".xlsx", ".xlsm", ".xls")
# Rule -> reason: why a row of an extract is refused at the door. What is not UTF-8 is refused like any other line.
FAULTS = {
    "csv": "no well-formed CSV: a quote is never closed, or something follows a closed one",
    "fields": "has another number of fields than the header",
    "header": "the header lacks a name, has one twice, or lacks a column that extract.yml names",
    "moment": "states no moment: its watermark is none, or none is declared and the file's name begins with no day",
    "unreadable": "the file cannot be read as what its name says",
}


@dataclass(frozen=True)
class Cells:
    """Some rows of an extract.

    Attributes:
        names: the header.
        rows: batch_line, raw (null: not kept), fault, and the cells as text in columns 0, 1, …
    """

    names: tuple[str, ...]
    rows: pa.Table


def read_cells(path: Path, options: Options) -> Iterator[Cells]:
    """The extract's rows in batches; what cannot be read is a row with a fault."""
    name = path.name.lower()
    reader: Callable[[Path, Options], Iterator[Cells]]
    if not name.endswith(FORMATS):
        yield _unreadable(path, 1)
        return
    reader = _parquet if name.endswith(".parquet") else _excel if ".xls" in name[-5:] else _csv
    line = 0
    try:
        for cells in reader(path, options):
            line = cells.rows.column("batch_line")[-1].as_py() if cells.rows.num_rows else line
            yield cells
    except _unreadable_errors():
        yield _unreadable(path, line + 1)


def _unreadable_errors() -> tuple[type[Exception], ...]:
    import fastexcel
    import pyarrow as pa

    # Decompression and Parquet raise ArrowInvalid or OSError; UTF-16 that breaks off is a ValueError.
    return (pa.ArrowInvalid, OSError, EOFError, ValueError, fastexcel.FastExcelError)


def _unreadable(path: Path, line: int) -> Cells:
    with path.open("rb") as file:
        head = file.read(4096)
    return _as_cells((), [line], [head], ["unreadable"], [])


def _as_cells(
    names: Sequence[str],
    numbers: Sequence[int],
    raw: Sequence[bytes | None],
    faults: Sequence[str | None],
    columns: Sequence[Sequence[str | None]],
) -> Cells:
    import pyarrow as pa

    arrays = [pa.array(numbers, pa.int64()), pa.array(raw, pa.binary()), pa.array(faults, pa.string())]
    arrays += [pa.array(column, pa.string()) for column in columns]
    labels = ["batch_line", "raw", "fault", *map(str, range(len(columns)))]
    return Cells(tuple(names), pa.Table.from_arrays(arrays, labels))


def header_fault(names: Sequence[str], options: Options) -> str | None:
    """Whether the header can be used: each name once, none empty, and the columns that the options name."""
    renamed = [options.columns.get(name, name) for name in names]
    wanted = {*options.key, *([options.watermark] if options.watermark else []), *options.decimal_comma}
    usable = all(renamed) and len(set(renamed)) == len(renamed) and wanted <= set(renamed)
    return None if usable else "header"


def _opened(path: Path) -> BinaryIO:
    import pyarrow as pa

    if path.suffix.lower() not in (".gz", ".zst"):
        return path.open("rb")
    return cast(BinaryIO, io.BufferedReader(pa.input_stream(str(path), compression="detect")))


def _csv(path: Path, options: Options) -> Iterator[Cells]:
    with _opened(path) as file:
        head = cast(io.BufferedReader, file).peek(4)[:4]
        marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
        lines = decoded_lines(file, options.encoding or ("utf-16" if marked else "utf-8"))
        first = next((line for line in lines if line.raw.strip()), None)
        if first is None:
            return
        is_tsv = ".tsv" in path.name.lower()[-8:]
        delimiter = options.delimiter or ("\t" if is_tsv else delimiter_of(first.text, options.quote))
        header = next(records(iter([first]), delimiter, options.quote))
        names = [name.strip() for name in header.fields]
        broken = header.fault or header_fault(names, options)
        found = records(lines, delimiter, options.quote)
        while batch := list(islice(found, BATCH_ROWS)):
            width = len(names)
            faults = [one.fault or broken or (None if len(one.fields) == width else "fields") for one in batch]
            fields = [one.fields if fault is None else [""] * width for one, fault in zip(batch, faults, strict=True)]
            kept = [one.raw if fault else None for one, fault in zip(batch, faults, strict=True)]
            columns = [] if broken else list(zip(*fields, strict=True))
            yield _as_cells([] if broken else names, [one.number for one in batch], kept, faults, columns)


def _parquet(path: Path, options: Options) -> Iterator[Cells]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    con = duckdb_connection()
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        broken = header_fault(names, options)
        done = 0
        for batch in file.iter_batches(BATCH_ROWS):
            size = batch.num_rows
            place = pa.Table.from_batches([batch]).rename_columns([str(at) for at in range(len(names))])
            con.register("batch", place)
            texts = ", ".join(f"cast({quoted(str(at))} as varchar) as {quoted(str(at))}" for at in range(len(names)))
            cells = con.sql(f"select {texts} from batch").to_arrow_table()
            start = _as_cells((), range(done + 1, done + size + 1), [None] * size, [broken] * size, []).rows
            for label in [] if broken else cells.column_names:
                start = start.append_column(label, cells.column(label).cast(pa.string()))
            done += size
            yield Cells(() if broken else tuple(names), start)


def _excel(path: Path, options: Options) -> Iterator[Cells]:
    import fastexcel

    sheet = fastexcel.read_excel(path).load_sheet(options.sheet or 0, header_row=None, skip_rows=0, dtypes="string")
    import pyarrow as pa

    rows = list(zip(*(column.to_pylist() for column in pa.table(sheet.to_arrow()).columns), strict=True))
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(cell is not None for cell in row)]
    if not numbered:
        return
    names = [(cell or "").strip() for cell in numbered[0][1]]
    while names and not names[-1]:
        names.pop()  # a sheet is as wide as its widest row
    broken, width = header_fault(names, options), len(names)
    for at in range(1, len(numbered), BATCH_ROWS):
        batch = numbered[at : at + BATCH_ROWS]
        faults = [broken or ("fields" if any(cell is not None for cell in row[width:]) else None) for _, row in batch]
        columns = [] if broken else list(zip(*(row[:width] for _, row in batch), strict=True))
        yield _as_cells([] if broken else names, [number for number, _ in batch], [None] * len(batch), faults, columns)
