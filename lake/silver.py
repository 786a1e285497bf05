"""Refreshing a silver table from bronze: exactly once, whatever the order, and in step with its reading position.

How far the table has read is a transaction in its own commit, and so are its running totals; a kill at any point
leaves either the old state or the new one. Dead letters are written first, and are skipped when present.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from lake.changes import AddedFile, Changes, read_changes
from lake.commits import commit_properties, with_retries
from lake.contract import Contract
from lake.dead_letters import DEAD_LETTERS, replace_dead_letters, write_dead_letters
from lake.drift import unknown_fields
from lake.lakehouse import Lake
from lake.merge import classify, keys_of, stored_columns, write
from lake.personal import install_pseudonym
from lake.sessions import Session
from lake.silver_sql import Feed
from lake.staging import Staged, stage
from lake.table import Table
from lake.versions import folded_state_sql
from lake.views import duckdb_connection, quoted, snapshot_sql

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

# A table whose source has nothing new moves its position only after this many bronze versions, so that an idle table
# neither grows a version a run nor holds back the upkeep of bronze.
IDLE_VERSIONS = 50


@dataclass(frozen=True)
class Tally:
    """What became of the bronze rows: read = applied + deleted + superseded + duplicate + dead."""

    read: int = 0
    applied: int = 0
    deleted: int = 0
    superseded: int = 0
    duplicate: int = 0
    dead: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(Tally)))

    @property
    def is_balanced(self) -> bool:
        """Whether each row that was read has one fate."""
        return self.read == self.applied + self.deleted + self.superseded + self.duplicate + self.dead

    def transactions(self) -> dict[str, int]:
        """The totals as application transactions."""
        return {f"count:{one.name}": getattr(self, one.name) for one in fields(Tally)}

    @classmethod
    def standing(cls, snapshot: DeltaTable) -> Tally:
        """The totals that the table's newest commit carries."""
        return cls(*((snapshot.transaction_version(f"count:{one.name}") or 0) for one in fields(cls)))


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        version: the table's version afterwards.
        read_version: the bronze version that it stands at.
        batch: what became of the rows of this refresh.
        totals: the same since the table began.
        rebuilt: whether the table was rebuilt in full: on request, or as the log no longer told what changed.
        unknown: fields of the source that the contract does not know.
        seconds: duration.
    """

    version: int
    read_version: int
    batch: Tally
    totals: Tally
    rebuilt: bool = False
    unknown: tuple[str, ...] = field(default=())
    seconds: float = 0.0


def position_app(feed: Feed) -> str:
    """The application transaction that says how far a table has read."""
    return f"read:{feed.bronze}"


def source_files(changes: Changes, feed: Feed) -> list[AddedFile]:
    """The added files that hold rows of the feed's source."""
    return [file for file in changes.added if feed.source is None or file.partition == feed.source]


def files_at(bronze: Table, version: int, feed: Feed) -> list[AddedFile]:
    """Every file of the feed's source in the bronze version."""
    import pyarrow as pa

    actions = pa.table(bronze.snapshot(version).get_add_actions(flatten=True)).to_pylist()
    found = [
        AddedFile(bronze.path / action["path"], action.get("partition.source"), action["num_records"])
        for action in actions
    ]
    return source_files(Changes(version, found), feed)


def refresh(
    lake: Lake,
    session: Session,
    contract: Contract,
    feed: Feed,
    *,
    pseudonym_key: str | None = None,
    in_full: bool = False,
) -> Refreshed:
    """Bring a silver table up to the bronze version that the session has pinned.

    ``in_full`` replaces the table by what bronze says, all of it read again, whatever the reading position.

    Raises:
        SchemaChangedError: the contract contradicts the stored table.
        CommitConflictError: other writers were faster every time.
    """
    began = time.perf_counter()
    table, bronze = lake.table(contract), Table(lake.path(f"bronze/{feed.bronze}"))
    until = session.versions.get(f"bronze/{feed.bronze}", -1)
    table.create()

    def attempt(snapshot: DeltaTable) -> Refreshed:
        return _Refresh(lake, contract, feed, bronze, until, snapshot, pseudonym_key, in_full).run()

    done = with_retries(table.path, attempt)
    session.advance(f"silver/{contract.name}", done.version)
    return replace(done, seconds=time.perf_counter() - began)


@dataclass
class _Refresh:
    """One attempt on one snapshot."""

    lake: Lake
    contract: Contract
    feed: Feed
    bronze: Table
    until: int
    snapshot: DeltaTable
    pseudonym_key: str | None
    in_full: bool

    def run(self) -> Refreshed:
        before = Tally.standing(self.snapshot)
        position = self.snapshot.transaction_version(position_app(self.feed))
        since = -1 if position is None else position
        if since >= self.until and not (self.in_full and since == self.until >= 0):
            return Refreshed(self.snapshot.version(), since, Tally(), before)
        changes = read_changes(self.bronze.path, since, self.until)
        in_full = self.in_full or not changes.complete or changes.removed
        rebuilt = in_full and since >= 0
        files = files_at(self.bronze, self.until, self.feed) if in_full else source_files(changes, self.feed)
        if not files and not rebuilt and self.until - since < IDLE_VERSIONS:
            return Refreshed(self.snapshot.version(), since, Tally(), before)
        con = duckdb_connection()
        install_pseudonym(con, self.pseudonym_key)
        staged = stage(con, self.contract, self.feed, files)
        dead = con.sql("from dead").to_arrow_table()
        if rebuilt:
            replace_dead_letters(self.lake.table(DEAD_LETTERS), dead, f"{self.contract.layer}/{self.contract.name}")
        else:
            write_dead_letters(self.lake.table(DEAD_LETTERS), dead)
        batch = self._judge(con, staged, empty=rebuilt)
        totals = batch if rebuilt else before + batch
        version = self._write(con, totals, replace=rebuilt)
        unknown = unknown_fields(con, self.contract, self.feed, files)
        return Refreshed(version, self.until, batch, totals, rebuilt, unknown)

    def _standing_sql(self, *, empty: bool) -> str:
        return f"from ({snapshot_sql(self.snapshot, tombstones=True)}) where {not empty}"

    def _judge(self, con: duckdb.DuckDBPyConnection, staged: Staged, *, empty: bool) -> Tally:
        """Decide what is to be written, against what stands or, on a rebuild, against an empty table."""
        standing_sql = self._standing_sql(empty=empty)
        outcome = classify(con, self.contract, standing_sql, "winners")
        self._fold_carried(con, standing_sql)
        return Tally(
            staged.read,
            outcome.applied,
            outcome.deleted,
            staged.superseded + outcome.superseded,
            staged.duplicate + outcome.duplicate,
            staged.dead,
        )

    def _fold_carried(self, con: duckdb.DuckDBPyConnection, standing_sql: str) -> None:
        """Rebuild from bronze the keys whose changes leave values out: a late change may be the one that has them."""
        keys = keys_of(self.contract)
        con.execute(
            f"create or replace temp table carried as select {keys} from winners where is_carried "
            f"union select {keys} from standing where is_carried"
        )
        if not con.execute("select count(*) from carried").fetchall()[0][0]:
            return
        files = files_at(self.bronze, self.until, self.feed)
        columns = ", ".join(quoted(column.name) for column in self.contract.stored_columns)
        con.execute(f"delete from to_write where ({keys}) in (select ({keys}) from carried)")
        con.execute(
            f"insert into to_write select {stored_columns(self.contract)} "
            f"from ({folded_state_sql(self.contract, self.feed, files, 'carried')}) b "
            f"except select {columns} from ({standing_sql}) semi join carried using ({keys})"
        )

    def _write(self, con: duckdb.DuckDBPyConnection, totals: Tally, *, replace: bool) -> int:
        transactions = {position_app(self.feed): self.until, **totals.transactions()}
        if not replace:
            return write(con, self.contract, self.snapshot, transactions)
        from deltalake import write_deltalake

        rows = con.sql("from to_write").to_arrow_table().cast(self.contract.arrow_schema)
        properties = commit_properties(self.snapshot, transactions, serial=True)
        write_deltalake(self.snapshot, rows, mode="overwrite", commit_properties=properties)
        return self.snapshot.version()
