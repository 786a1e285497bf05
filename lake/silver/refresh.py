"""Refreshing a silver table from bronze: exactly once, whatever the order, and in step with its reading position.

Reading position and totals stand in the table's own commit; dead letters are written before it, once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.dead_letters import (
    DEAD_LETTERS,
    REPLAY,
    REVIVED,
    count_dead_letters,
    replace_dead_letters,
    revived_at,
    withdraw_dead_letters,
    write_dead_letters,
)
from lake.delta.changes import AddedFile, read_changes
from lake.delta.commits import with_retries
from lake.delta.sessions import Session
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, empty_sql, quoted, snapshot_sql
from lake.lakehouse import Lake
from lake.migrate import begin_migration, is_due, replace_all
from lake.personal import install_pseudonym
from lake.silver.bronze_files import files_at, position_app, source_files
from lake.silver.drift import unknown_fields
from lake.silver.engine import SilverEngine, complete, noted, serial_of
from lake.silver.merge import bound_of, classify, keys_of, stored_columns, tied_keys, write
from lake.silver.partial import partial_days
from lake.silver.sql import Feed
from lake.silver.staging import Staged, bronze_files_sql, file_groups, slices, stage
from lake.silver.versions import folded_state_sql, undecided_sql
from lake.tally import Tally

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

AllFiles = Callable[[], list[AddedFile]]
# A table whose source has nothing new moves its position only after this many bronze versions, so that an idle table
# neither grows a version a run nor holds back the upkeep of bronze.
IDLE_VERSIONS = 50


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        version: the table's version afterwards.
        read_version: the bronze version that it stands at.
        batch: what became of the rows of this refresh.
        totals: the same since the table began.
        rebuilt: whether it was rebuilt in full: on request, or as the log no longer told what changed.
        replays: how often dead letters of the table have been replayed.
        unknown: fields of the source that the contract does not know.
        tied: the first keys of which different rows came at one position.
        notes: what else a person should know of the rows.
    """

    version: int
    read_version: int
    batch: Tally
    totals: Tally
    rebuilt: bool = False
    unknown: tuple[str, ...] = field(default=())
    tied: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
    replays: int = 0
    seconds: float = 0.0


def refresh(
    lake: Lake,
    session: Session,
    contract: Contract,
    feed: Feed,
    *,
    pseudonym_key: str | None = None,
    in_full: bool = False,
    migrate: bool = False,
    engine: SilverEngine | None = None,
) -> Refreshed:
    """Bring a silver table up to the bronze version that the session has pinned.

    ``in_full`` replaces the table by what bronze says, all of it read again, whatever the reading position;
    ``migrate`` does so where the stored schema contradicts the contract, and gives the table the contract's.
    ``engine`` parses and writes in place of DuckDB and delta-rs.

    Raises:
        SchemaChangedError: the contract contradicts the stored table.
    """
    began = time.perf_counter()
    table, bronze = lake.table(contract), Table(lake.path(f"bronze/{feed.bronze}"))
    until = session.versions.get(f"bronze/{feed.bronze}", -1)
    if migrate and begin_migration(table, position_app(feed)):
        in_full = True
    else:
        table.create()

    def attempt(snapshot: DeltaTable) -> Refreshed:
        complete(table.path, snapshot)
        return Attempt(lake, contract, feed, snapshot, pseudonym_key, engine).refresh(bronze, until, in_full=in_full)

    done = with_retries(table.path, attempt)
    session.advance(f"silver/{contract.name}", done.version)
    return replace(done, seconds=time.perf_counter() - began)


@dataclass
class Attempt:
    """One attempt to bring rows of bronze into a silver table, on one snapshot of it."""

    lake: Lake
    contract: Contract
    feed: Feed
    snapshot: DeltaTable
    pseudonym_key: str | None
    engine: SilverEngine | None = None

    def refresh(self, bronze: Table, until: int, *, in_full: bool) -> Refreshed:
        """Read what bronze has got since the table's position, up to its version ``until``."""
        before = Tally.standing(self.snapshot)
        position = self.snapshot.transaction_version(position_app(self.feed))
        since = -1 if position is None else position
        replays = self.snapshot.transaction_version(REPLAY) or 0
        standing = Refreshed(self.snapshot.version(), since, Tally(), before, replays=replays)
        if since >= until and not (in_full and since == until >= 0):
            return standing
        changes = read_changes(bronze.path, since, until)
        in_full = in_full or not changes.complete or changes.removed
        rebuilt = in_full and since >= 0
        files = files_at(bronze, until, self.feed) if in_full else source_files(changes, self.feed)
        if not files and not rebuilt and until - since < IDLE_VERSIONS:
            return standing
        con = self.connection()
        staged = stage(con, self.contract, self.feed, slices(files), self._parsed(files))
        revived = self._put_dead_letters(con, files, before, rebuilt=rebuilt)
        batch = self.judge(con, staged, lambda: files_at(bronze, until, self.feed), empty=rebuilt)
        totals = batch if rebuilt else before + batch
        taken = {position_app(self.feed): until, REVIVED: revived, **totals.transactions()}
        version = self.write(con, taken, replace=rebuilt)
        unknown = unknown_fields(con, self.contract, self.feed, files)
        tied, notes = tied_keys(con, self.contract), partial_days(con, self.contract)
        return Refreshed(version, until, batch, totals, rebuilt, unknown, tied, notes, replays)

    def _parsed(self, files: list[AddedFile]) -> list[str]:
        """The parsed rows of each slice, as far as the engine parses them."""
        if self.engine is None or not files:
            return []
        return [self.engine.parsed(self.contract, self.feed, group) for group in file_groups(files)]

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB that can make pseudonyms."""
        install_pseudonym(con := duckdb_connection(), self.pseudonym_key)
        return con

    def _put_dead_letters(
        self, con: duckdb.DuckDBPyConnection, files: list[AddedFile], before: Tally, *, rebuilt: bool
    ) -> int:
        """Write what was refused; how many dead letters the new state has to say that it took in after all."""
        letters, name = self.lake.table(DEAD_LETTERS), f"{self.contract.layer}/{self.contract.name}"
        dead, revived = con.sql("from dead").to_arrow_table(), revived_at(self.snapshot)
        if rebuilt:
            return replace_dead_letters(letters, dead, name, before.dead + revived)
        if count_dead_letters(con, letters, name, revived=revived) > before.dead:
            # Another attempt at these rows was killed before its commit, under another contract perhaps.
            read = con.sql(f"select batch_id, batch_line from {bronze_files_sql(files)}").to_arrow_table()
            withdraw_dead_letters(letters, name, read, dead.select(["batch_id", "batch_line"]))
        write_dead_letters(letters, dead)
        return revived

    def judge(
        self,
        con: duckdb.DuckDBPyConnection,
        staged: Staged,
        every: Callable[[], list[AddedFile]],
        *,
        empty: bool = False,
    ) -> Tally:
        """Decide what is to be written, against what stands or, on a rebuild, against an empty table.

        Args:
            con: where ``winners`` is.
            staged: what the rows came to.
            every: answers all files of bronze, from which values are folded that changes leave out.
            empty: whether nothing counts as standing.
        """
        standing_sql = empty_sql(self.contract) if empty else snapshot_sql(self.snapshot, tombstones=True)
        outcome = classify(con, self.contract, standing_sql, "winners")
        self._fold_carried(con, standing_sql, every)
        tied = min(several, self._undecided(con, every)) if (several := staged.tied + outcome.tied) else 0
        return Tally(
            staged.read,
            outcome.applied,
            outcome.deleted,
            staged.superseded + outcome.superseded + several - tied,
            staged.duplicate + outcome.duplicate,
            staged.dead,
            tied,
        )

    def _undecided(self, con: duckdb.DuckDBPyConnection, every: AllFiles) -> int:
        """How many rows the source's own sequence leaves undecided; keys without any go from ``tied``."""
        keys = keys_of(self.contract)
        undecided = undecided_sql(self.contract, self.feed, every(), "tied")
        con.execute(f"create or replace temp table undecided as {undecided}")
        con.execute(f"delete from tied where ({keys}) not in (select ({keys}) from undecided)")
        return int(con.execute("select coalesce(sum(contents - 1), 0)::bigint from undecided").fetchall()[0][0])

    def _fold_carried(self, con: duckdb.DuckDBPyConnection, standing_sql: str, every: AllFiles) -> None:
        """Rebuild from bronze the keys whose changes leave values out, as a late one may have them, and those tied."""
        keys = keys_of(self.contract)
        con.execute(
            f"create or replace temp table carried as select {keys} from winners where is_carried "
            f"union select {keys} from standing where is_carried union select {keys} from tied"
        )
        if not con.execute("select count(*) from carried").fetchall()[0][0]:
            return
        columns = ", ".join(quoted(column.name) for column in self.contract.stored_columns)
        con.execute(f"delete from to_write where ({keys}) in (select ({keys}) from carried)")
        con.execute(
            f"insert into to_write select {stored_columns(self.contract)} "
            f"from ({folded_state_sql(self.contract, self.feed, every(), 'carried')}) b "
            f"except select {columns} from ({standing_sql}) semi join carried using ({keys})"
        )

    def write(self, con: duckdb.DuckDBPyConnection, transactions: Mapping[str, int], *, replace: bool = False) -> int:
        """Commit what was judged, with the transactions; ``replace``: in place of all that stands."""
        rows = con.sql("from to_write").to_arrow_table().cast(self.contract.arrow_schema)
        if self.engine is not None and rows.num_rows and not (replace and is_due(self.lake.table(self.contract))):
            bound = "" if replace else bound_of(con, self.contract)
            path, serial = self.lake.table(self.contract).path, serial_of(self.snapshot)
            self.engine.write(path, self.contract, serial, rows, bound, noted(transactions), replace=replace)
            self.snapshot.update_incremental()
            complete(path, self.snapshot)
            return self.snapshot.version()
        if replace:
            return replace_all(self.snapshot, self.contract, rows, transactions)
        return write(con, self.contract, self.snapshot, rows, transactions)
