"""Whether anything still names a buyer: every file of the lake, Parquet decoded, archives unpacked."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from lake.erasure.files import SQLITE
from lake.erasure.identity import Identity, holds_a_buyer
from lake.erasure.tables import Rewriting, rewritten
from lake.lakehouse import Lake


def traces(lake: Lake, identity: Identity, beside: Sequence[Path] = ()) -> Iterator[tuple[Path, str]]:
    """Each file that names the buyer, and where in it.

    Args:
        lake: whose files are searched.
        identity: who is looked for.
        beside: further files.
    """
    for path in [*sorted(lake.root.rglob("*")), *beside]:
        if path.is_file() and (place := trace_in(path, identity)):
            yield path, place


def trace_in(path: Path, identity: Identity) -> str | None:
    """Where in the file the buyer is named: ``rows``, ``statistics``, ``bytes`` or a line; None when nowhere."""
    content = path.read_bytes()
    if content.startswith(b"PAR1"):
        return _trace_in_parquet(path, identity) or _trace_in_bytes(content, identity)
    if content.startswith(SQLITE):
        with closing(sqlite3.connect(path, timeout=30)) as con:
            return _trace_in_text("\n".join(con.iterdump()), identity)
    for part in _unpacked(path, content):
        is_binary = b"\x00" in part[:1024]
        text = "" if is_binary else part.decode("utf-8", "replace")
        if place := _trace_in_bytes(part, identity) if is_binary else _trace_in_text(text, identity):
            return place
    return None


def _trace_in_parquet(path: Path, identity: Identity) -> str | None:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    if rewritten(file.read(), Rewriting(identity))[1]:
        return "rows"
    for group in range(file.metadata.num_row_groups):
        for column in range(file.metadata.num_columns):
            bounds = file.metadata.row_group(group).column(column).statistics
            texts = [str(bounds.min), str(bounds.max)] if bounds and bounds.has_min_max else []
            if any(identity.renumber(text) != text and holds_a_buyer(file.schema[column].name) for text in texts):
                return "statistics"
    return None


def _trace_in_text(text: str, identity: Identity) -> str | None:
    for number, line in enumerate(text.split("\n"), 1):
        if identity.rewrite(line) != line:
            return f"line {number}"
    return None


def _trace_in_bytes(content: bytes, identity: Identity) -> str | None:
    """Bytes have no words, so only texts that mean nobody else are looked for."""
    return "bytes" if any(text.encode() in content for text in identity.texts) else None


def _unpacked(path: Path, content: bytes) -> Iterator[bytes]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    else:
        yield content
