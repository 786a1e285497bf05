"""A lake: a root folder of Delta tables, ``layer/name``, and the state that its readers see.

Runs work on pinned versions (:mod:`lake.delta.sessions`); readers see what was published. Publishing is one commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.contract import Column, Contract
from lake.delta.commits import commit_properties, with_retries
from lake.delta.journal import Journal
from lake.delta.sessions import Session, open_session, pinned_versions
from lake.delta.storage import tables_in
from lake.delta.table import Table
from lake.delta.views import (
    create_view,
    duckdb_connection,
    duckdb_instance,
    reading_connection,
    snapshot_sql,
    version_sql,
)
from lake.roots import checked_root

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

LAYERS = ("lake", "bronze", "silver", "gold")

PUBLISHED = Contract(
    name="published",
    layer="lake",
    grain="one row per table; each version of this table is one state that readers see",
    key=("table_name",),
    columns=(
        Column("table_name", "string", "layer and name, silver/orders"),
        Column("version", "int64", "the Delta version that readers see"),
        Column("run_id", "string", "the run that published it"),
        Column("published_at", "timestamp", "moment of publication"),
    ),
)


class Lake:
    """The tables below ``root``."""

    def __init__(self, root: Path | str) -> None:
        self.root = checked_root(root)

    def path(self, key: str) -> Path:
        """Where the table ``layer/name`` lies."""
        return self.root / key

    def table(self, contract: Contract) -> Table:
        """The table of a contract."""
        return Table(self.root / contract.layer / contract.name, contract)

    def journal(self, contract: Contract) -> Journal:
        """The rows that the lake keeps by a contract about its own work."""
        return Journal(self.table(contract))

    def keys(self) -> list[str]:
        """Every table that exists, as ``layer/name``."""
        return [f"{layer}/{path.name}" for layer in LAYERS for path in tables_in(self.root / layer)]

    def versions(self) -> dict[str, int]:
        """The newest version of every table, but those that only this module and sessions write."""
        hidden = ("lake/published", "lake/pins")
        return {key: Table(self.path(key)).version() for key in self.keys() if key not in hidden}

    def session(self, run_id: str, only: Collection[str] | None = None) -> Session:
        """The run's view of the lake, the same for each of its steps, in whatever process they run.

        Args:
            run_id: the run.
            only: tables whose newest versions it pins, where it publishes no others; it sees the rest as published.
        """
        newest = self.versions if only is None else partial(self._newest_of, only)
        return open_session(self.root, run_id, newest, self.published)

    def _newest_of(self, tables: Collection[str]) -> dict[str, int]:
        return self.published() | {key: at for key, at in self.versions().items() if key in tables}

    def pinned(self) -> dict[str, set[int]]:
        """Versions that sessions still hold, by table."""
        return pinned_versions(self.root)

    def published(self, state: int | None = None) -> dict[str, int]:
        """The versions that readers see, or saw at the published state of that number; empty before the first."""
        table = self.table(PUBLISHED)
        return _published_in(table.shared(state)) if table.exists() else {}

    def publish(self, versions: Mapping[str, int], run_id: str) -> int:
        """Make the versions visible in one commit; a table never goes back to an older version.

        Returns:
            The number of the published state.
        """
        table = self.table(PUBLISHED)
        table.create()
        return with_retries(table.path, partial(_publish, versions, run_id))

    def withdraw(self, keys: Collection[str]) -> int:
        """Take tables out of what readers see, in one commit; their next publication brings them back.

        Returns:
            The number of the published state.
        """
        return with_retries(self.table(PUBLISHED).path, partial(_withdraw, frozenset(keys)))

    def connect_published(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB of its own in which each published table is a view, by ``layer.name`` and by its bare name."""
        return self._with_views(duckdb_instance(), self.published())

    def connect(self, versions: Mapping[str, int]) -> duckdb.DuckDBPyConnection:
        """A database in which each table is a view of the given version, by ``layer.name`` and by its bare name."""
        return self._with_views(duckdb_connection(), versions)

    def _with_views(self, con: duckdb.DuckDBPyConnection, versions: Mapping[str, int]) -> duckdb.DuckDBPyConnection:
        for key, version in versions.items():
            layer, name = key.split("/")
            create_view(con, layer, name, version_sql(self.path(key), version))
            con.execute(f'create or replace view main."{name}" as select * from "{layer}"."{name}"')
        return con


def _published_in(snapshot: DeltaTable) -> dict[str, int]:
    con = reading_connection()
    return dict(con.execute(f"select table_name, version from ({snapshot_sql(snapshot)})").fetchall())


def _state(snapshot: DeltaTable) -> list[tuple[Any, ...]]:
    sql = f"select table_name, version, run_id, published_at from ({snapshot_sql(snapshot)})"
    return reading_connection().execute(sql).fetchall()


def _publish(versions: Mapping[str, int], run_id: str, snapshot: DeltaTable) -> int:
    rows = _state(snapshot)
    state = {row[0]: row for row in rows}
    now = dt.datetime.now(dt.UTC)
    for key, version in versions.items():
        if key not in state or version > state[key][1]:
            state[key] = (key, version, run_id, now)
    if sorted(state.values()) == sorted(rows):
        return snapshot.version()
    return _write_state(state.values(), snapshot)


def _withdraw(keys: Collection[str], snapshot: DeltaTable) -> int:
    rows = _state(snapshot)
    kept = [row for row in rows if row[0] not in keys]
    return snapshot.version() if kept == rows else _write_state(kept, snapshot)


def _write_state(state: Iterable[tuple[Any, ...]], snapshot: DeltaTable) -> int:
    import pyarrow as pa
    from deltalake import write_deltalake

    names = [column.name for column in PUBLISHED.columns]
    data = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in state], PUBLISHED.arrow_schema)
    properties = commit_properties(snapshot, {}, serial=True)
    write_deltalake(snapshot, data, mode="overwrite", commit_properties=properties)
    return snapshot.version()
