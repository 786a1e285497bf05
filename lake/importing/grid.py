"""Any file as rows of texts: CSV, TSV, Excel, Parquet, JSON. Nothing is typed, so money and leading zeros stay."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from lake.importing.encoding import find_encoding
from lake.ingest.landing.extracts.records import decoded_lines, records, told_delimiter
from lake.ingest.landing.extracts.workbook import read_sheet

DELIMITERS = ";,\t|"
FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv", ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel",
    ".parquet": "parquet", ".json": "json", ".jsonl": "json", ".ndjson": "json",
}  # fmt: skip
_PROBED_LINES = 200


class UnreadableFileError(ValueError):
    """The file cannot be read; the message names it and says what to do."""


@dataclass(frozen=True)
class Row:
    """One row: its place in the file from 1, its cells, and what is wrong with it where it cannot be taken apart."""

    number: int
    cells: list[str]
    fault: str | None = None


@dataclass(frozen=True)
class Source:
    """A file and how it is taken apart.

    Attributes:
        path: of the file.
        form: csv, excel, parquet or json.
        encoding, delimiter, quote: of a CSV.
        sheet: of a workbook; its first when None.
    """

    path: Path
    form: str
    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    sheet: str | None = None

    @property
    def is_typed(self) -> bool:
        """Whether numbers and dates are typed cells, which are written one way whatever the country."""
        return self.form in ("parquet", "json")

    def rows(self) -> Iterator[Row]:
        """The rows, the header among them; names of Parquet and JSON fields come as row 0."""
        readers = {"csv": _csv_rows, "excel": _excel_rows, "parquet": _parquet_rows, "json": _json_rows}
        import pyarrow as pa

        try:
            yield from readers[self.form](self)
        except (OSError, EOFError, UnicodeError, json.JSONDecodeError, pa.ArrowInvalid, ValueError) as error:
            if isinstance(error, UnreadableFileError):
                raise
            raise UnreadableFileError(f"{self.path}: cannot be read as {self.form}: {error}") from error


def find_source(path: Path) -> Source:
    """Return how the file is taken apart: its format by its name and first bytes, encoding and delimiter by content.

    Raises:
        UnreadableFileError: its name ends in nothing known, or it is empty.
    """
    suffix = next((one.lower() for one in reversed(path.suffixes) if one.lower() not in (".gz", ".zst")), "")
    if suffix not in FORMATS:
        raise UnreadableFileError(
            f"{path}: its name ends in none of {', '.join(FORMATS)}; rename it, or export it again"
        )
    if not path.is_file():
        raise UnreadableFileError(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise UnreadableFileError(f"{path}: the file is empty")
    form = FORMATS[suffix]
    with path.open("rb") as file:
        head = file.read(8)
    if form == "csv" and head.startswith(b"PK\x03\x04"):  # a workbook that somebody renamed
        form = "excel"
    if form == "excel" and not head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):  # shops write text files called .xls
        form = "csv"
    if form != "csv":
        return Source(path, form)
    encoding = "utf-8" if path.suffix.lower() in (".gz", ".zst") else find_encoding(path)
    return Source(path, "csv", encoding, _find_delimiter(path, encoding))


def file_day(path: Path) -> str:
    """The day in the file's name, 2026-03-01 or 20260301, or else that of its last change."""
    for year, month, day in re.findall(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)", path.name):
        if 1 <= int(month) <= 12 and 1 <= int(day) <= 28 + 3 * (month != "02"):
            return f"{year}-{month}-{day}"
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date().isoformat()


def _opened(path: Path) -> BinaryIO:
    import pyarrow as pa

    if path.suffix.lower() not in (".gz", ".zst"):
        return path.open("rb")
    return cast(BinaryIO, io.BufferedReader(pa.input_stream(str(path), compression="detect")))


def _find_delimiter(path: Path, encoding: str) -> str:
    """The delimiter by which most of the first lines have the same number of fields, and more than one."""
    with _opened(path) as file:
        lines = list(islice(decoded_lines(file, encoding), _PROBED_LINES))
    if lines and (told := told_delimiter(lines[0].text)):
        return told
    best, most = ",", 0.0
    for sign in DELIMITERS:
        widths = [len(record.fields) for record in records(iter(lines), sign, '"') if not record.fault]
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        usual = max(set(wide), key=lambda width: (wide.count(width), width))
        score = wide.count(usual) / len(widths) * min(usual, 6) ** 0.5
        if score > most:
            best, most = sign, score
    return best


def _csv_rows(source: Source) -> Iterator[Row]:
    with _opened(source.path) as file:
        lines = decoded_lines(file, source.encoding)
        for record in records(lines, source.delimiter or ",", source.quote):
            if record.number == 1 and told_delimiter(record.raw.decode("latin-1")):
                continue
            fault = {"utf8": f"is no {source.encoding} text", "csv": "a quote is never closed, or something follows it"}
            yield Row(record.number, record.fields, fault[record.fault] if record.fault else None)


def _excel_rows(source: Source) -> Iterator[Row]:
    table = read_sheet(source.path, source.sheet)
    number = 0
    for batch in table.to_batches(10_000):
        for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            number += 1
            if any(cells):
                yield Row(number, [_cell(cell) for cell in cells])


def _cell(text: str | None) -> str:
    return "" if text is None else text.removesuffix(" 00:00:00") if text[4:5] == "-" else text


def _parquet_rows(source: Source) -> Iterator[Row]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(source.path) as file:
        yield Row(0, list(file.schema_arrow.names))
        number = 0
        for batch in file.iter_batches(10_000):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield Row(number, [_as_text(cell) for cell in cells])


def _json_rows(source: Source) -> Iterator[Row]:
    """Objects of a JSON list, of the only list in an object, or one a line; nested fields as ``buyer.name``."""
    with _opened(source.path) as file:
        head = cast(io.BufferedReader, file).peek(64).lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
        if head == b"[" or not _is_lines(source.path):
            document = json.loads(file.read().decode("utf-8-sig"), parse_float=str)
            lists = [part for part in document.values() if isinstance(part, list)] if isinstance(document, dict) else []
            found: Iterator[Any] = iter(
                document if isinstance(document, list) else lists[0] if len(lists) == 1 else [document]
            )
        else:
            found = (json.loads(line, parse_float=str) for line in file if line.strip())
        names: list[str] = []
        flat = (_flat(part) for one in found for part in _exploded(one))
        first = list(islice(flat, 1000))
        for one in first:
            names += [name for name in one if name not in names]
        yield Row(0, names)
        for number, one in enumerate(_chained(first, flat), 1):
            yield Row(number, [_as_text(one.get(name)) for name in names])


def _is_lines(path: Path) -> bool:
    with _opened(path) as file:
        first = next((line for line in file if line.strip()), b"")
    try:
        json.loads(first)
    except (json.JSONDecodeError, UnicodeError):
        return False
    return True


def _chained(first: list[dict[str, Any]], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from first
    yield from rest


def _exploded(document: Any) -> Iterator[Any]:
    """A row for each object of the only list of objects in a document, an order's lines, beside its own fields."""
    lists = [
        name
        for name, value in (document.items() if isinstance(document, dict) else ())
        if isinstance(value, list) and value and all(isinstance(part, dict) for part in value)
    ]
    if len(lists) != 1:
        yield document
        return
    (name,) = lists
    own = {key: value for key, value in document.items() if key != name}
    for part in document[name]:
        yield {**own, name: part}


def _flat(document: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(document, dict):
        return {prefix.rstrip(".") or "value": document}
    found: dict[str, Any] = {}
    for name, value in document.items():
        found.update(_flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value})
    return found


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0") if "e" not in repr(value) else format(value, "f")
    if hasattr(value, "isoformat"):
        return (
            str(value.isoformat(" ")) if hasattr(value, "hour") and hasattr(value, "year") else str(value.isoformat())
        )
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
