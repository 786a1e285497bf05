"""The rows of an extract as text, whatever its format: nothing is typed, so money and leading zeros stay what they are.

A CSV's cells are its characters. Parquet's are cast by DuckDB with all digits of decimals. Excel's numbers are floats,
taken with nine decimals; its dates have no zone, a formula has its last computed value and an error none.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from lake.delta.views import duckdb_instance, quoted
from lake.ingest.landing.extracts.options import Options
from lake.ingest.landing.extracts.records import (
    Record,
    decoded_lines,
    delimiter_of,
    header_lines,
    records,
    told_delimiter,
)
from lake.ingest.landing.extracts.workbook import read_sheet

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 20_000
FORMATS = (".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz", ".tsv.zst", ".parquet", ".xlsx", ".xlsm", ".xls")
# Rule -> reason: why a row of an extract is refused at the door. What is not UTF-8 is refused like any other line.
FAULTS = {
    "csv": "no well-formed CSV: a quote is never closed, something follows a closed one, or a line exceeds 16 MiB",
    "fields": "has another number of fields than the header",
    "header": "the header cannot be read, lacks a name or a column of extract.yml, or has one twice, whatever its case",
    "moment": "states no moment: its watermark is none, or none is declared and the file's name begins with no day",
    "sign": "extract.yml declares `returns: positive`, and the quantity of this cancellation is negative",
    "unreadable": "the file cannot be read as what its name says",
}


@dataclass(frozen=True)
class Cells:
    """Some rows of an extract.

    Attributes:
        names: the header.
        rows: batch_line, raw (null: not kept), fault, and the cells as text in columns 0, 1, …
        typed: columns that the file holds as numbers or moments; rules for texts do not concern them.
        blank: rows that had nothing in any column, and were skipped.
    """

    names: tuple[str, ...]
    rows: pa.Table
    typed: frozenset[int] = frozenset()
    blank: int = 0


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
    import duckdb
    import pyarrow as pa

    # Decompression and Parquet raise ArrowInvalid or OSError; UTF-16 that breaks off and a workbook that is none are a
    # ValueError; DuckDB's own is a Parquet value that it has no text for, a moment of the year 3,000,000.
    return (pa.ArrowInvalid, OSError, EOFError, ValueError, duckdb.Error)


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
    # DuckDB and JSON readers downstream take names that differ by their case for one.
    usable = all(renamed) and len({name.lower() for name in renamed}) == len(renamed) and wanted <= set(renamed)
    return None if usable else "header"


def _opened(path: Path) -> BinaryIO:
    import pyarrow as pa

    if path.suffix.lower() not in (".gz", ".zst"):
        return path.open("rb")
    return cast(BinaryIO, io.BufferedReader(pa.input_stream(str(path), compression="detect")))


def _csv(path: Path, options: Options) -> Iterator[Cells]:
    with _opened(path) as file:
        lines = decoded_lines(file, options.encoding)
        top = header_lines(lines, options.quote)
        told = told_delimiter(top[0].text) if top else None
        if told:
            top = header_lines(lines, options.quote)
        if not top:
            return
        is_tsv = ".tsv" in path.name.lower()[-8:]
        text = "".join(line.text for line in top)
        delimiter = options.delimiter or told or ("\t" if is_tsv else delimiter_of(text, options.quote))
        found = records(chain(top, lines), delimiter, options.quote)
        header = next(found)
        names = [name.strip() for name in header.fields]
        broken = header.fault or header_fault(names, options)
        if broken:
            found = _or_the_header(found, header)
        while batch := list(islice(found, BATCH_ROWS)):
            taken, width = len(batch), len(names)
            batch = [one for one in batch if one.fault or any(cell.strip() for cell in one.fields)]
            faults = [one.fault or broken or (None if len(one.fields) == width else "fields") for one in batch]
            fields = [one.fields if fault is None else [""] * width for one, fault in zip(batch, faults, strict=True)]
            kept = [one.raw if fault else None for one, fault in zip(batch, faults, strict=True)]
            columns = [] if broken else list(zip(*fields, strict=True)) or [()] * width
            cells = _as_cells([] if broken else names, [one.number for one in batch], kept, faults, columns)
            yield replace(cells, blank=taken - len(batch))


def _or_the_header(found: Iterator[Record], header: Record) -> Iterator[Record]:
    """The records below a header that cannot be used; where there are none, it is what is refused."""
    below = next(found, None)
    yield from (header,) if below is None else chain((below,), found)


def _parquet(path: Path, options: Options) -> Iterator[Cells]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    con = duckdb_instance()  # a value that DuckDB cannot write as text may close it for good
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        typed = frozenset(at for at, field in enumerate(file.schema_arrow) if not _is_text(field.type))
        broken = header_fault(names, options)
        done = 0
        for batch in file.iter_batches(BATCH_ROWS):
            size, columns = batch.num_rows, [_castable(column) for column in batch.columns]
            no_text = _no_text(columns)
            faults = ["utf8" if row in no_text else broken for row in range(size)]
            place = pa.table(columns, [str(at) for at in range(len(names))])
            con.register("batch", place)
            texts = ", ".join(f"cast({quoted(str(at))} as varchar) as {quoted(str(at))}" for at in range(len(names)))
            cells = con.sql(f"select {texts} from batch").to_arrow_table()
            raw = [no_text.get(row) for row in range(size)]
            start = _as_cells((), range(done + 1, done + size + 1), raw, faults, []).rows
            for label in [] if broken else cells.column_names:
                start = start.append_column(label, cells.column(label).cast(pa.string()))
            done += size
            yield Cells(() if broken else tuple(names), start, typed)


def _is_text(kind: pa.DataType) -> bool:
    """Whether cells of the type are texts, which are read by the rules that extract.yml declares."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _castable(column: pa.Array) -> pa.Array:
    """The column in a type that DuckDB has."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _castable(column.dictionary_decode())
    if pa.types.is_decimal256(kind):
        return column.cast(pa.string())
    return column.cast(pa.float32()) if pa.types.is_float16(kind) else column


def _no_text(columns: list[pa.Array]) -> dict[int, bytes]:
    """Rows with a text that is not UTF-8, which Parquet does not look at, and its bytes; the text is taken away."""
    import pyarrow as pa

    found: dict[int, bytes] = {}
    for at, column in enumerate(columns):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            texts: list[str | None] = []
            for row, cell in enumerate(column.cast(pa.large_binary()).to_pylist()):
                try:
                    texts.append(None if cell is None else cell.decode())
                except UnicodeDecodeError:
                    found[row] = cell
                    texts.append(None)
            columns[at] = pa.array(texts, pa.string())
    return found


def _excel(path: Path, options: Options) -> Iterator[Cells]:
    import numpy as np
    import pyarrow.compute as pc

    sheet = read_sheet(path, options.sheet)
    filled = np.zeros(sheet.num_rows, bool)
    for column in sheet.columns:
        filled |= pc.is_valid(column).to_numpy()
    places = np.flatnonzero(filled)
    if not len(places):
        return
    names = [(column[places[0]].as_py() or "").strip() for column in sheet.columns]
    while names and not names[-1]:
        names.pop()  # a sheet is as wide as its widest row
    broken, width = header_fault(names, options), len(names)
    if broken and len(places) == 1:
        yield _as_cells([], [int(places[0]) + 1], [" ".join(names).encode()], [broken], [])
    for at in range(1, len(places), BATCH_ROWS):
        taken = places[at : at + BATCH_ROWS]
        columns = [column.to_pylist() for column in sheet.take(taken).columns]
        beside = [any(column[row] is not None for column in columns[width:]) for row in range(len(taken))]
        faults = [broken or ("fields" if more else None) for more in beside]
        numbers, cells = [place + 1 for place in taken.tolist()], [] if broken else columns[:width]
        yield _as_cells([] if broken else names, numbers, [None] * len(taken), faults, cells)
