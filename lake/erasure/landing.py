"""Landed files without a buyer: each is written anew beside; it takes its place once bronze knows the new content.

A line keeps its place, so every line is still one row of bronze. The old content's hash is known nowhere afterwards.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lake.erasure.identity import Identity, holds_a_buyer
from lake.erasure.tables import Rewriting, rewritten
from lake.ingest.landing.extracts.cells import read_cells
from lake.ingest.landing.extracts.file import ExtractFile
from lake.ingest.landing.extracts.options import SIDECAR, Options
from lake.ingest.landing.extracts.records import delimiter_of
from lake.ingest.landing.file import LandedFile
from lake.ingest.landing.listing import landed_files

if TYPE_CHECKING:
    import pyarrow as pa

WORKBOOKS = (".xlsx", ".xlsm", ".xls")
WORK = ".erasing"


class ErasureError(RuntimeError):
    """The buyer cannot be forgotten as things are; what is to be done first is said."""


@dataclass(frozen=True)
class RewrittenFile:
    """A landed file that names the buyer, and its new content.

    Attributes:
        file: as it stands.
        batch_id, new_batch_id: the identity of its content, now and from then on.
        written: where the new content waits.
    """

    file: LandedFile
    batch_id: str
    new_batch_id: str
    written: Path

    def install(self) -> LandedFile:
        """Put the new content in the file's place; the file as it stands then."""
        os.replace(self.written, self.file.path)
        stat = self.file.path.stat()
        return replace(self.file, bytes=stat.st_size, modified_ns=stat.st_mtime_ns)


def landing_streams(root: Path) -> Iterator[Path]:
    """The folders of the landing streams."""
    folder = root / "landing"
    yield from (path for path in sorted(folder.iterdir()) if path.is_dir()) if folder.is_dir() else ()


def naming_lines(root: Path, buyer_id: str) -> Iterator[str]:
    """The landed lines in which the buyer's number stands."""
    needle = buyer_id.encode()
    for file in (file for stream in landing_streams(root) for file in landed_files(stream)):
        if isinstance(file, ExtractFile):
            continue  # bronze has its rows as lines
        with file.path.open("rb") as lines:
            yield from (line.decode("utf-8", "replace") for line in lines if needle in line)


def prepare(root: Path, identity: Identity) -> list[RewrittenFile]:
    """Write the new content of every landed file that names the buyer, beside the landing folder.

    Raises:
        ErasureError: a workbook names the buyer.
    """
    work, found = root / WORK, []
    shutil.rmtree(work, ignore_errors=True)
    for stream in landing_streams(root):
        for file in landed_files(stream):
            content = _content(file, identity)
            if content is None:
                continue
            written = work / "landing" / file.name
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_bytes(content)
            _copy_options(file, root / "landing", work / "landing")
            found.append(RewrittenFile(file, file.sha256(), replace(file, path=written).sha256(), written))
    return found


def clean(root: Path) -> None:
    """Remove what :func:`prepare` has left."""
    shutil.rmtree(root / WORK, ignore_errors=True)


def _copy_options(file: LandedFile, landing: Path, work: Path) -> None:
    if isinstance(file, ExtractFile):
        sidecar = Path(*Path(file.name).parts[:3]) / SIDECAR
        if (landing / sidecar).is_file():
            shutil.copyfile(landing / sidecar, work / sidecar)


def _content(file: LandedFile, identity: Identity) -> bytes | None:
    """The file's new content; None where it does not name the buyer."""
    if isinstance(file, ExtractFile):
        return _extract(file, identity)
    content = file.path.read_bytes()
    folded = content.lower()
    if not any(needle.lower().encode() in folded for needle in identity.needles):
        return None
    if file.path.suffix == ".json":
        text = identity.rewrite(content.decode("utf-8", "surrogateescape"))
        new = text.encode("utf-8", "surrogateescape")
    else:
        new = identity.rewrite_lines(content)
    return new if new != content else None


def _extract(file: ExtractFile, identity: Identity) -> bytes | None:
    name = file.path.name.lower()
    if name.endswith(".parquet"):
        return _parquet(file.path, file.options, identity)
    if name.endswith(WORKBOOKS):
        for cells in read_cells(file.path, file.options):
            names = [file.options.columns.get(one, one) for one in cells.names]
            if rewritten(_named(cells.rows, names), Rewriting(identity))[1]:
                raise ErasureError(
                    f"{file.path}: the workbook names the buyer, and workbooks are not rewritten; "
                    "remove its rows by hand or save the sheet as CSV in its place, run, and forget again"
                )
        return None
    return _csv(file.path, file.options, identity)


def _named(cells: pa.Table, names: list[str]) -> pa.Table:
    return cells.select([str(place) for place in range(len(names))]).rename_columns(names)


def _parquet(path: Path, options: Options, identity: Identity) -> bytes | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pq.read_table(path)
    names = [options.columns.get(name, name) for name in rows.column_names]
    for place, name in enumerate(names):
        if holds_a_buyer(name) and pa.types.is_integer(rows.schema.field(place).type):
            rows = rows.set_column(place, rows.column_names[place], rows.column(place).cast(pa.string()))
    new, changed = rewritten(rows.rename_columns(names), Rewriting(identity))
    if not changed:
        return None
    sink = io.BytesIO()
    pq.write_table(new.rename_columns(rows.column_names), sink)
    return sink.getvalue()


def _csv(path: Path, options: Options, identity: Identity) -> bytes | None:
    import pyarrow as pa

    packed = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix.lower())
    content = path.read_bytes()
    if packed:
        content = pa.CompressedInputStream(pa.BufferReader(content), packed).read()
    encoding = options.encoding or ("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8")
    text = content.decode(encoding, "surrogateescape")
    delimiter = options.delimiter or delimiter_of(text.split("\n", 1)[0], options.quote)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=options.quote))
    if not rows:
        return None
    names = [options.columns.get(name, name) for name in rows[0]]
    new = [rows[0], *(_row(row, names, identity) for row in rows[1:])]
    if new == rows:
        return None
    sink = io.StringIO(newline="")
    ending = "\r\n" if "\r\n" in text else "\n"
    csv.writer(sink, delimiter=delimiter, quotechar=options.quote, lineterminator=ending).writerows(new)
    made = sink.getvalue().encode(encoding, "surrogateescape")
    if packed:
        buffer = pa.BufferOutputStream()
        with pa.CompressedOutputStream(buffer, packed) as stream:
            stream.write(made)
        made = buffer.getvalue().to_pybytes()
    return made


def _row(row: list[str], names: list[str], identity: Identity) -> list[str]:
    named = dict(zip(names, row, strict=False))
    is_own = any(holds_a_buyer(name) and value == identity.buyer_id for name, value in named.items())
    return [
        _cell(names[place] if place < len(names) else "", value, is_own, identity) for place, value in enumerate(row)
    ]


def _cell(name: str, value: str, is_own: bool, identity: Identity) -> str:
    fields: Mapping[str, str | None] = identity.personal_fields
    if is_own and name in fields:
        return fields[name] or ""
    if holds_a_buyer(name) and value == identity.buyer_id:
        return identity.substitute
    return identity.rewrite(value)
