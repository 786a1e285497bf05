"""Looks for texts in every byte of a folder by means of its own: Parquet decoded, archives and databases opened."""

import gzip
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq


def found_in(folder: Path, texts: Sequence[str]) -> list[str]:
    """``file: text`` for each text that stands somewhere below the folder, in names of files too."""
    hits = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            parts = [path.name.encode(), *_parts(path)]
            hits += [f"{path}: {text}" for text in texts if any(text.lower().encode() in part for part in parts)]
    return hits


def _parts(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content.lower()
    if content.startswith(b"PAR1"):
        file = pq.ParquetFile(path)
        for column in file.read().columns:
            for value in column.to_pylist():
                yield value.lower() if isinstance(value, bytes) else str(value).lower().encode()
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content).lower()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name).lower() for name in archive.namelist())
    elif content.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as con:
            yield "\n".join(con.iterdump()).lower().encode()
