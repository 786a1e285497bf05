"""The history of a silver table, SCD2: one row per key and version, rebuilt from bronze for the keys that changed.

Late changes fall into their place, because a touched key's versions are all computed anew. A deletion ends the last
version and makes none.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.dead_letters import REPLAY
from lake.delta.changes import AddedFile, read_changes
from lake.delta.commits import with_retries
from lake.delta.sessions import Session
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, quoted, snapshot_sql
from lake.lakehouse import Lake
from lake.migrate import begin_migration, replace_all
from lake.personal import install_pseudonym
from lake.silver.merge import keys_of
from lake.silver.refresh import files_at, position_app, source_files
from lake.silver.sql import Feed, parse_sql
from lake.silver.staging import bronze_files_sql
from lake.silver.versions import versions_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable


def span_names(contract: Contract) -> tuple[str, str]:
    """What the columns of a version's span are called.

    A table that says itself from when a row is valid is bitemporal: the span of a version is when it was known.
    """
    says_itself = any(column.name in ("valid_from", "valid_to") for column in contract.columns)
    return ("known_from", "known_to") if says_itself else ("valid_from", "valid_to")


def _version_columns(contract: Contract) -> tuple[Column, ...]:
    begin, end = span_names(contract)
    return (
        Column(begin, "timestamp", "moment from which the source had it so"),
        Column(end, "timestamp", "moment from which it no longer was so; null: still is", nullable=True),
        Column("is_current", "bool", "whether this is how it stands now"),
        Column("source_position", "int64", "position of the change in its source"),
    )


def history_contract(contract: Contract) -> Contract:
    """The contract of ``<name>_history``.

    Only the key and the times are required: a version whose source left a value out (Debezium's unavailable value)
    has none until the earlier change that holds it has arrived.
    """
    known = tuple(replace(column, nullable=column.name not in contract.key) for column in contract.columns)
    return Contract(
        name=f"{contract.name}_history",
        layer="silver",
        grain=f"one row per {', '.join(contract.key)} and version",
        description=f"Every state of {contract.name}, each from the source's moment of change to the next.",
        key=(*contract.key, span_names(contract)[0]),
        columns=(*known, *_version_columns(contract)),
        owner=contract.owner,
    )


@dataclass(frozen=True)
class HistoryRefreshed:
    """How many keys were rebuilt, how many versions the table holds, and where it stands."""

    version: int
    read_version: int
    keys: int = 0
    versions: int = 0
    seconds: float = 0.0


def refresh_history(
    lake: Lake,
    session: Session,
    contract: Contract,
    feed: Feed,
    *,
    pseudonym_key: str | None = None,
    in_full: bool = False,
    migrate: bool = False,
) -> HistoryRefreshed:
    """Bring a table's history up to the bronze version that the session has pinned, or make all of it anew.

    ``migrate``: all of it anew where the stored schema contradicts the contract.
    """
    began = time.perf_counter()
    past = history_contract(contract)
    table, bronze = lake.table(past), Table(lake.path(f"bronze/{feed.bronze}"))
    until = session.versions.get(f"bronze/{feed.bronze}", -1)
    if migrate and begin_migration(table, position_app(feed)):
        in_full = True
    else:
        table.create()

    def attempt(snapshot: DeltaTable) -> HistoryRefreshed:
        position = snapshot.transaction_version(position_app(feed))
        since = -1 if position is None else position
        standing = HistoryRefreshed(snapshot.version(), since)
        if since >= until and not (in_full and since == until >= 0):
            return standing
        changes = read_changes(bronze.path, since, until)
        whole = in_full or not changes.complete or changes.removed
        every = files_at(bronze, until, feed)
        touched = every if whole else source_files(changes, feed)
        if not touched and not whole:
            return standing
        con = duckdb_connection()
        install_pseudonym(con, pseudonym_key)
        keys = _touch(con, contract, feed, touched)
        rows = _rebuild(con, contract, past, feed, every, None if whole else snapshot)
        return _replace(con, past, snapshot, rows, keys, {position_app(feed): until})

    done = with_retries(table.path, attempt)
    session.advance(table.name, done.version)
    return replace(done, seconds=time.perf_counter() - began)


def replay_history(
    lake: Lake,
    session: Session,
    contract: Contract,
    feed: Feed,
    keys: pa.Table,
    replays: int,
    *,
    pseudonym_key: str | None = None,
) -> None:
    """Rebuild the keys of replayed dead letters, as far as the history has read, and note the number of the replay.

    A history that has not been made yet is left to :func:`refresh_history`.
    """
    past = history_contract(contract)
    table, bronze = lake.table(past), Table(lake.path(f"bronze/{feed.bronze}"))
    if not table.exists():
        return

    def attempt(snapshot: DeltaTable) -> int:
        position = snapshot.transaction_version(position_app(feed))
        if position is None or (snapshot.transaction_version(REPLAY) or 0) >= replays:
            return snapshot.version()
        con = duckdb_connection()
        install_pseudonym(con, pseudonym_key)
        con.register("replayed", keys)
        con.execute(f"create or replace temp table touched as select distinct {keys_of(contract)} from replayed")
        rows = _rebuild(con, contract, past, feed, files_at(bronze, position, feed), snapshot)
        return _replace(con, past, snapshot, rows, 0, {position_app(feed): position, REPLAY: replays}).version

    session.advance(table.name, with_retries(table.path, attempt))


def _touch(con: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed, files: list[AddedFile]) -> int:
    """Put the keys that the files change into the temporary table ``touched``; how many they are."""
    con.execute(
        f"create or replace temp table touched as select distinct {keys_of(contract)} "
        f"from ({parse_sql(contract, feed, bronze_files_sql(files))}) where fault is null"
    )
    return int(con.execute("select count(*) from touched").fetchall()[0][0])


def _rebuild(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    past: Contract,
    feed: Feed,
    every: list[AddedFile],
    snapshot: DeltaTable | None,
) -> str:
    """The SELECT of the new history: the keys in ``touched`` from bronze, the others as they stand in the snapshot."""
    keys, (begin, end) = keys_of(contract), span_names(contract)
    columns = ", ".join(quoted(column.name) for column in contract.columns)
    per_key = f"partition by {keys} order by source_position"
    con.execute(f"""
create or replace temp table rebuilt as
with moments as (
  select {columns}, is_deleted, source_position, coalesce(max(source_changed_at) over (
    {per_key} rows between unbounded preceding and current row), timestamptz '1970-01-01 00:00:00Z') as version_from
  from ({versions_sql(contract, feed, every, "touched")})
), distinct_moments as (
  select * from moments
  qualify row_number() over (partition by {keys}, version_from order by source_position desc) = 1
), spans as (
  select *, lead(version_from) over ({per_key}) as version_to from distinct_moments
)
select {columns}, version_from as {begin}, version_to as {end}, version_to is null as is_current, source_position
from spans where not is_deleted
""")
    names = ", ".join(quoted(column.name) for column in past.columns)
    if snapshot is None:
        return f"select {names} from rebuilt"
    standing = f"select {names} from ({snapshot_sql(snapshot)}) anti join touched using ({keys})"
    return f"{standing} union all select {names} from rebuilt"


def _replace(
    con: duckdb.DuckDBPyConnection,
    past: Contract,
    snapshot: DeltaTable,
    rows_sql: str,
    keys: int,
    transactions: dict[str, int],
) -> HistoryRefreshed:
    rows = con.sql(rows_sql).to_arrow_table().cast(past.arrow_schema)
    version = replace_all(snapshot, past, rows, transactions)
    return HistoryRefreshed(version, next(iter(transactions.values())), keys, rows.num_rows)
