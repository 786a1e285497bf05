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
from lake.delta.commits import commit_properties, with_retries
from lake.delta.sessions import Session
from lake.delta.table import Table, partition_predicate
from lake.delta.views import duckdb_connection, quoted, snapshot_sql
from lake.lakehouse import Lake
from lake.migrate import begin_migration, replace_all
from lake.personal import install_pseudonym
from lake.silver.bronze_files import files_at, position_app, source_files
from lake.silver.merge import keys_of
from lake.silver.sql import Feed, parse_sql
from lake.silver.staging import bronze_files_sql
from lake.silver.versions import versions_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

FILE_BYTES = 4 * 1024 * 1024  # of a file: a touched key has its own rewritten, and no more
MOST_TOUCHED = 20_000  # values that one condition names; beyond it the table is written whole


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
        _rebuild(con, contract, past, feed, every)
        return _write(con, contract, past, snapshot, keys, {position_app(feed): until}, whole=whole)

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
        _rebuild(con, contract, past, feed, files_at(bronze, position, feed))
        transactions = {position_app(feed): position, REPLAY: replays}
        return _write(con, contract, past, snapshot, 0, transactions, whole=False).version

    session.advance(table.name, with_retries(table.path, attempt))


def _touch(con: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed, files: list[AddedFile]) -> int:
    """Put the keys that the files change into the temporary table ``touched``; how many they are."""
    con.execute(
        f"create or replace temp table touched as select distinct {keys_of(contract)} "
        f"from ({parse_sql(contract, feed, bronze_files_sql(files))}) where fault is null"
    )
    return int(con.execute("select count(*) from touched").fetchall()[0][0])


def _rebuild(
    con: duckdb.DuckDBPyConnection, contract: Contract, past: Contract, feed: Feed, every: list[AddedFile]
) -> None:
    """Put all versions of the keys in ``touched``, folded from bronze, into the temporary table ``rebuilt``."""
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


def _write(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    past: Contract,
    snapshot: DeltaTable,
    keys: int,
    transactions: dict[str, int],
    *,
    whole: bool,
) -> HistoryRefreshed:
    """Commit ``rebuilt``: in the place of the whole table, or of the rows of the touched keys.

    Files are small and hold neighbouring keys, and Delta rewrites only those that hold a touched key. The rows are
    bounded by the key's first column, whose other rows are written again.
    """
    from deltalake import write_deltalake

    names, first = ", ".join(quoted(column.name) for column in past.columns), quoted(contract.key[0])
    ordered = f"order by {keys_of(past)}"
    touched = [row[0] for row in con.execute(f"select distinct {first} from touched").fetchall()]
    if whole or len(touched) > MOST_TOUCHED:
        rows_sql = f"select {names} from rebuilt"
        if not whole:
            standing = f"({snapshot_sql(snapshot)}) anti join touched using ({keys_of(contract)})"
            rows_sql += f" union all select {names} from {standing}"
        rows = con.sql(f"{rows_sql} {ordered}").to_arrow_table().cast(past.arrow_schema)
        version = replace_all(snapshot, past, rows, transactions, target_file_size=FILE_BYTES)
        return HistoryRefreshed(version, next(iter(transactions.values())), keys, rows.num_rows)
    beside = f"({snapshot_sql(snapshot)}) semi join (select distinct {first} from touched) using ({first})"
    rows = con.sql(
        f"select {names} from rebuilt union all "
        f"select {names} from {beside} anti join touched using ({keys_of(contract)}) {ordered}"
    ).to_arrow_table()
    write_deltalake(
        snapshot,
        rows.cast(past.arrow_schema),
        mode="overwrite",
        predicate=partition_predicate(contract.key[0], touched),
        target_file_size=FILE_BYTES,
        commit_properties=commit_properties(snapshot, transactions, serial=True),
    )
    return HistoryRefreshed(snapshot.version(), next(iter(transactions.values())), keys, _count(snapshot))


def _count(snapshot: DeltaTable) -> int:
    import pyarrow as pa

    return sum(one.as_py() for one in pa.table(snapshot.get_add_actions(flatten=True)).column("num_records"))
