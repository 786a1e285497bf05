"""Another engine that parses bronze and writes silver tables in place of DuckDB and delta-rs.

An engine's commit carries one application transaction, which makes it the only serial write on its snapshot, and what
else belongs to the rows (reading position, counts) as text. :func:`complete` then commits these as application
transactions. A process that dies in between leaves a table whose newest commit says what is missing; the next refresh
completes it, whichever engine that one has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lake.contract import Contract
from lake.delta.changes import AddedFile
from lake.delta.commits import SERIAL, commit_properties
from lake.delta.storage import commit_info
from lake.silver.sql import Feed

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

MARK = "lacquer_transactions"


class SilverEngine(Protocol):
    """What parses bronze and commits rows."""

    def parsed(self, contract: Contract, feed: Feed, files: Sequence[AddedFile]) -> str:
        """A relation of DuckDB with the rows that :func:`lake.silver.sql.parse_sql` makes of the files."""

    def write(
        self, path: Path, contract: Contract, serial: int, rows: pa.Table, bound: str, note: str, *, replace: bool
    ) -> None:
        """Commit the rows to the table with the note as the commit's text.

        Args:
            path: the table's folder.
            contract: the table's.
            serial: what :func:`serial_of` gives for the snapshot that was read.
            rows: that are to stand under their keys.
            bound: condition on ``target`` of the partitions in which the keys stand now; empty: nowhere.
            note: what :func:`noted` made.
            replace: whether the rows stand in place of all others.

        Raises:
            CommitFailedError: another serial write came after the snapshot.
        """


def noted(transactions: Mapping[str, int]) -> str:
    """The application transactions as the text of a commit."""
    return json.dumps({MARK: dict(transactions)}, sort_keys=True)


def serial_of(snapshot: DeltaTable) -> int:
    """The version of the application transaction :data:`SERIAL` that the next serial write takes."""
    return (snapshot.transaction_version(SERIAL) or 0) + 1


def complete(path: Path, snapshot: DeltaTable) -> None:
    """Commit, through the snapshot of the table, what its newest commit has noted; without a note do nothing."""
    import pyarrow as pa
    from deltalake import write_deltalake

    text = str(commit_info(path, snapshot.version()).get("userMetadata") or "")
    if not text.startswith(f'{{"{MARK}"'):
        return
    properties = commit_properties(snapshot, json.loads(text)[MARK], serial=True)
    no_rows = pa.schema(snapshot.schema().to_arrow()).empty_table()
    write_deltalake(snapshot, no_rows, mode="append", commit_properties=properties)
