"""The ledger of landed files: it spares hashing what is known by path, size and time, under every name it has come by.

It also takes over identities that bronze's log may forget after its retention.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from lake.contract import Column, Contract
from lake.delta.table import Table
from lake.ingest.landing.file import LandedFile
from lake.lakehouse import Lake

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
