"""Landed files: which there are, which are known, and what stands in them line by line.

A file is known by the SHA-256 of its content, so it may come in any order and twice. The ledger spares hashing what
is known by path, size and time, under every name that a content has come by; it also takes over identities that
bronze's log may forget after its retention.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from lake.blocks import Block, Records
from lake.contract import Column, Contract
from lake.lakehouse import Lake
from lake.table import Table

LANDED_FILES = Contract(
    name="landed_files",
    layer="lake",
    grain="one row per bronze table and landed file, by name, size and time, whose content is taken in",
    description="A content that came by several names, or whose file was touched, stands here with each; it was taken "
    "in once.",
    key=("table_name", "batch_id", "landed_path", "modified_ns"),
    partition_by=("table_name",),
    columns=(
        Column("table_name", "string", "bronze table, bronze/erp_changes"),
        Column("batch_id", "string", "SHA-256 of the content"),
        Column("landed_path", "string", "the file, relative to the landing folder"),
        Column("bytes", "int64", "size", unit="bytes"),
        Column("modified_ns", "int64", "time of last change", unit="ns"),
        Column("lines", "int64", "lines that are not blank; one for a JSON document"),
        Column("landed_at", "timestamp", "moment it was taken in, or found to be known"),
    ),
)
CHUNK_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class LandedFile:
    """A file in the landing folder: its name below the folder, size in bytes, modification time in ns."""

    path: Path
    name: str
    bytes: int
    modified_ns: int

    def sha256(self) -> str:
        """The content's identity."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def blocks(self) -> Iterator[Records]:
        """The file's records in blocks of whole lines.

        A ``.json`` file is one document, hence one record. An empty file is one block with a blank line. A mark of
        byte order at the beginning is no part of the first.
        """
        with self.path.open("rb") as file:
            if file.read(len(BOM_UTF8)) != BOM_UTF8:
                file.seek(0)
            if self.path.suffix == ".json":
                yield Block(1, file.read(), is_document=True)
                return
            number, rest = 1, b""
            while read := file.read(CHUNK_BYTES):
                content = rest + read if rest else read
                end = content.rfind(b"\n")
                rest = content[end + 1 :]
                if end >= 0:
                    block = Block(number, content[:end])
                    yield block
                    number += block.line_ends + 1
            if rest or number == 1:
                yield Block(number, rest)

    def lines(self) -> int:
        """How many records the file holds, blank lines apart."""
        return sum(block.count() for block in self.blocks())


def landed_files(folder: Path) -> list[LandedFile]:
    """The files below the folder in the order of their names; dot files and ``.part`` files are being written."""
    from lake.extracts.file import ExtractFile, is_extract
    from lake.extracts.options import SIDECAR

    found: list[LandedFile] = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = path.relative_to(folder.parent)
        if path.suffix == ".part" or any(part.startswith(".") for part in name.parts) or not path.is_file():
            continue
        stat, extract = path.stat(), is_extract(name)
        if extract and path.name == SIDECAR:
            continue
        kind = ExtractFile if extract else LandedFile
        found.append(kind(path, str(name), stat.st_size, stat.st_mtime_ns))
    return found


@dataclass(frozen=True)
class Ledger:
    """What the ledger knows about one bronze table: files as they stood (name, size, time), lines of each content."""

    seen: frozenset[tuple[str, int, int]] = frozenset()
    lines_of: Mapping[str, int] = field(default_factory=dict)

    @property
    def shas(self) -> Set[str]:
        """The contents that are known."""
        return self.lines_of.keys()

    @property
    def lines(self) -> int:
        """Lines of all contents."""
        return sum(self.lines_of.values())

    def knows(self, file: LandedFile) -> bool:
        """Whether this very file, unchanged, has been read before."""
        return (file.name, file.bytes, file.modified_ns) in self.seen


def read_ledger(lake: Lake, table: Table) -> Ledger:
    """The ledger's rows about a bronze table."""
    rows = lake.journal(LANDED_FILES).select(
        "select batch_id, landed_path, bytes, modified_ns, lines from journal where table_name = $name",
        {"name": table.name},
    )
    return Ledger(frozenset((row[1], row[2], row[3]) for row in rows), {row[0]: row[4] for row in rows})


def write_ledger(lake: Lake, table: Table, files: Sequence[tuple[str, LandedFile]], lines: Mapping[str, int]) -> None:
    """Add the files, each with its SHA-256, that the ledger does not have as they stand.

    Args:
        lake: whose ledger it is.
        table: the bronze table that the files were read for.
        files: every file that was read, those included whose content was known already.
        lines: by SHA-256, of the contents that were just counted.
    """
    if not files:
        return
    standing, now = read_ledger(lake, table), dt.datetime.now(dt.UTC)
    counted = {**standing.lines_of, **lines}
    rows = [
        {
            "table_name": table.name,
            "batch_id": sha,
            "landed_path": file.name,
            "bytes": file.bytes,
            "modified_ns": file.modified_ns,
            "lines": counted[sha] if sha in counted else file.lines(),
            "landed_at": now,
        }
        for sha, file in files
        if not standing.knows(file)
    ]
    lake.journal(LANDED_FILES).note_new(rows)
