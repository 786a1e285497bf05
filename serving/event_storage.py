"""Dagster's event log in SQLite, with one connection per file for as long as the instance is open.

Dagster's own opens, checks and closes a file for every event, which in a run of some hundred checks is a third of the
run, and most of it on a busy disk. The files, and what stands in them, are the same: the UI reads them like any others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dagster._core.storage.event_log import SqliteEventLogStorage

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_S = 60


def keep_connections(instance: DagsterInstance) -> None:
    """Put this storage in the place of Dagster's own; one of another kind, such as Postgres, is left as it is."""
    standing = instance.event_log_storage
    if type(standing) is SqliteEventLogStorage:
        kept = KeptConnections(standing._base_dir)
        kept.register_instance(instance)
        instance._event_storage = kept


class KeptConnections(SqliteEventLogStorage):
    """The same storage, whose `_connect` (a run's file, or the index) is the one door to every statement."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(*args, **more)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.get(shard)
            if engine is None:
                engine = self._engines[shard] = _engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close the files."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _engine(address: str) -> Engine:
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import StaticPool

    arguments = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}  # the storage's lock lets in one at a time
    engine = create_engine(address, poolclass=StaticPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def relax(connection: Any, _record: object) -> None:
        # A killed process loses nothing by this; a power cut may lose the last events, which are no rows of the lake.
        connection.execute("pragma synchronous = normal")

    return engine
