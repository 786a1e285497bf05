"""Files that are neither tables nor landed: reports, exports, outboxes, online features, the operational database.

Texts are rewritten and databases updated in place. What can be made again and cannot be edited (Excel, Parquet,
archives) is deleted when it names the buyer.
"""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lake.backup.selection import other_files
from lake.erasure.identity import Identity
from lake.lakehouse import Lake

SQLITE = b"SQLite format 3\x00"


@dataclass(frozen=True)
class ChangedFile:
    """A file that named the buyer, and what was done: ``rewritten`` or ``deleted``."""

    path: Path
    action: str


def files_beside(lake: Lake) -> Iterator[Path]:
    """Every file of the lake that is no part of a table and has not landed."""
    landing = lake.root / "landing"
    yield from (path for path in other_files(lake) if not path.is_relative_to(landing) or path.name.startswith("."))
    feast = lake.root / "feast"
    yield from (path for path in sorted(feast.rglob("*")) if path.is_file())


def clean_file(path: Path, identity: Identity) -> ChangedFile | None:
    """Rewrite or delete a file that names the buyer; None where it does not. A DuckDB export is always deleted."""
    if path.suffix == ".duckdb":  # compressed in its own way, so it is not searched
        path.unlink()
        return ChangedFile(path, "deleted")
    content = path.read_bytes()
    if content.startswith(SQLITE):
        return ChangedFile(path, "rewritten") if clean_sqlite(path, identity) else None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        if not any(needle.encode() in part for part in _parts(path, content) for needle in identity.needles):
            return None
        path.unlink()
        return ChangedFile(path, "deleted")
    new = "\n".join(identity.rewrite(line) for line in text.split("\n"))
    if new == text:
        return None
    path.write_text(new, encoding="utf-8", newline="")
    return ChangedFile(path, "rewritten")


def _parts(path: Path, content: bytes) -> Iterator[bytes]:
    """The content, and what is packed in it: members of an archive, values of a Parquet file."""
    yield content
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        yield repr(pq.read_table(path).to_pylist()).encode()


def clean_sqlite(path: Path, identity: Identity) -> int:
    """Rewrite every text of an SQLite database, and compact it, so that no free page keeps one; how many changed."""
    with sqlite3.connect(path, timeout=30) as con:
        names = [row[0] for row in con.execute("select name from sqlite_master where type = 'table'")]
        changed = sum(_clean_sqlite_table(con, name, identity) for name in names if not name.startswith("sqlite_"))
    con.close()
    if changed:
        again = sqlite3.connect(path, timeout=30, isolation_level=None)
        again.execute("vacuum")
        again.execute("pragma wal_checkpoint(truncate)")
        again.close()
    return changed


def _clean_sqlite_table(con: sqlite3.Connection, table: str, identity: Identity) -> int:
    quoted = '"' + table.replace('"', '""') + '"'
    changed = 0
    for column in [row[1] for row in con.execute(f"pragma table_info({quoted})")]:
        name = '"' + column.replace('"', '""') + '"'
        where = " or ".join(f"instr(lower({name}), lower(?))" for _ in identity.needles)
        found = con.execute(f"select distinct {name} from {quoted} where {where}", identity.needles).fetchall()
        for (value,) in found:
            new = _new_value(value, identity)
            if new != value:
                changed += con.execute(f"update {quoted} set {name} = ? where {name} = ?", (new, value)).rowcount
    return changed


def _new_value(value: Any, identity: Identity) -> Any:
    if isinstance(value, bytes):
        return identity.rewrite_lines(value)
    text = str(value)
    return (
        identity.substitute
        if text == identity.buyer_id
        else identity.rewrite(text)
        if isinstance(value, str)
        else value
    )
