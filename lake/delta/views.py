"""Delta snapshots as DuckDB views over their Parquet files.

A view stands for one version of a table and reads at native speed. Columns come in the Delta schema's order and types,
whatever the files hold (an older file lacks a younger column); tombstones are hidden unless asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Set
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.contract import IS_CARRIED, IS_DELETED, Contract
from lake.delta.log import Entry, entry_of, shared_snapshot
from lake.delta.storage import data_files
from lake.types import duckdb_type

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

_DELTA_TO_DUCKDB = {
    "string": "VARCHAR",
    "integer": "INTEGER",
    "long": "BIGINT",
    "short": "SMALLINT",
    "byte": "TINYINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "timestamp_ntz": "TIMESTAMP",
    "binary": "BLOB",
}


def duckdb_instance() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that nobody else shares, with the UTC zone set, which every reader of the lake needs."""
    import duckdb

    con = duckdb.connect(":memory:")
    con.execute("set TimeZone = 'UTC'")
    return con


SHARED_BY = 256


_shared = threading.local()  # connection: the thread's DuckDB; databases: how many were attached to it


def duckdb_connection() -> duckdb.DuckDBPyConnection:
    """A connection to an empty in-memory database of its own, with the UTC zone set.

    The databases are attached to one DuckDB per thread: starting one costs 13 ms and attaching a database less than
    one, and a run asks a hundred small questions. After so many a new DuckDB is begun; the old one goes with the last
    connection to it, and all that was made in it. What a setting changes for a whole DuckDB it changes for the others,
    and a fatal error closes it for all: who sets such a one, lists what there is, or reads what may break DuckDB itself
    takes :func:`duckdb_instance`.
    """
    con = reading_connection().cursor()
    _shared.databases += 1
    name = f"database_{_shared.databases}"
    con.execute(f"attach ':memory:' as {name}; use {name}; set TimeZone = 'UTC'")
    return con


def reading_connection() -> duckdb.DuckDBPyConnection:
    """The thread's own DuckDB for plain SELECTs over files; whoever creates or registers something opens another."""
    if not hasattr(_shared, "connection") or _shared.databases >= SHARED_BY or _is_closed(_shared.connection):
        _shared.connection, _shared.databases = duckdb_instance(), 0
    connection: duckdb.DuckDBPyConnection = _shared.connection
    return connection


def _is_closed(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a fatal error has closed the DuckDB for good."""
    import duckdb

    try:
        con.cursor().execute("select 1")
    except duckdb.FatalException:
        return True
    return False


def quoted(identifier: str) -> str:
    """An identifier in double quotes, safe to put into SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string literal in single quotes, safe to put into SQL."""
    return "'" + text.replace("'", "''") + "'"


def files_sql(files: list[str], hive_types: dict[str, str]) -> str:
    """A ``read_parquet`` call over the files, with the partition columns typed."""
    listed = ", ".join(literal(file) for file in files)
    typed = ", ".join(f"{literal(name)}: {kind}" for name, kind in hive_types.items())
    hive = f", hive_partitioning = true, hive_types = {{{typed}}}" if typed else ", hive_partitioning = false"
    return f"read_parquet([{listed}], union_by_name = true{hive})"


def column_types(snapshot: DeltaTable) -> dict[str, str]:
    """The DuckDB type of each column of the snapshot."""
    return {field.name: _duckdb_name(field.type) for field in snapshot.schema().fields}


def _duckdb_name(kind: Any) -> str:
    if element := getattr(kind, "element_type", None):
        return f"{_duckdb_name(element)}[]"
    name = getattr(kind, "type", str(kind))
    return _DELTA_TO_DUCKDB.get(name, name.upper())


def snapshot_sql(snapshot: DeltaTable, *, tombstones: bool = False) -> str:
    """The SELECT that reads a snapshot."""
    types = column_types(snapshot)
    merged = IS_DELETED.name in types
    shown = [name for name in types if tombstones or name not in (IS_DELETED.name, IS_CARRIED.name)]
    files = [str(file) for file in data_files(snapshot)]
    hive = {name: types[name] for name in snapshot.metadata().partition_columns}
    absent = _absent(files, types.keys() - (hive.keys() if files else set()))
    columns = ", ".join(
        f"cast({'null' if name in absent else quoted(name)} as {types[name]}) as {quoted(name)}" for name in shown
    )
    if not files:
        return f"select {columns} where false"
    where = f" where not {IS_DELETED.name}" if merged and not tombstones else ""
    return f"select {columns} from {files_sql(files, hive)}{where}"


def empty_sql(contract: Contract) -> str:
    """The SELECT of a contract's stored columns without a row."""
    nulls = (f"cast(null as {duckdb_type(one.type)}) as {quoted(one.name)}" for one in contract.stored_columns)
    return f"select {', '.join(nulls)} where false"


def _absent(files: list[str], names: Set[str]) -> set[str]:
    """The names that no file has: of a table without files, all; later, columns that were added after the last write.

    Nearly always the first file has them all, so that one footer is read.
    """
    from pyarrow import ArrowInvalid
    from pyarrow.parquet import read_schema

    missing = set(names)
    for file in files:
        try:
            missing -= set(read_schema(file).names)
        except ArrowInvalid as error:  # it does not say which file
            raise ArrowInvalid(f"{file}: {error}") from error
        if not missing:
            break
    return missing


def version_sql(table: Path, version: int) -> str:
    """The SELECT that reads a version of the table in a folder."""
    entry = entry_of(table, version)
    return snapshot_sql(shared_snapshot(table, version)) if entry is None else _known_version_sql(table, entry)


@lru_cache(maxsize=256)
def _known_version_sql(table: Path, entry: Entry) -> str:
    return snapshot_sql(shared_snapshot(table, entry.version))


def create_view(con: duckdb.DuckDBPyConnection, schema: str, name: str, query: str) -> None:
    """Make ``schema.name`` a view of the query in the connection."""
    con.execute(f"create schema if not exists {quoted(schema)}")
    con.execute(f"create or replace view {quoted(schema)}.{quoted(name)} as {query}")
