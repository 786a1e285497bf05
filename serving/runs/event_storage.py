"""Dagster's event log in SQLite, with one connection per file for as long as the instance is open.

Dagster's own opens, checks and closes a file for every event, which in a run of some hundred checks is a third of the
run, and most of it on a busy disk. The files, and what stands in them, are the same: the UI reads them like any others.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster._core.storage.event_log import SqliteEventLogStorage

if TYPE_CHECKING:
    from dagster import DagsterInstance, EventLogEntry
    from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_S = 60
BATCH = 1000  # events that Dagster hands over at once, where it knows that they belong together


def keep_connections(instance: DagsterInstance) -> None:
    """Put this storage in the place of Dagster's own; one of another kind, such as Postgres, is left as it is."""
    standing = instance.event_log_storage
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(BATCH))
    if type(standing) is SqliteEventLogStorage:
        kept = KeptConnections(standing._base_dir)
        kept.register_instance(instance)
        instance._event_storage = kept


@dataclass
class _Batch:
    """Transactions that a thread holds open until its batch is stored."""

    thread: int
    transactions: ExitStack
    connections: dict[str, Connection] = field(default_factory=dict)


class KeptConnections(SqliteEventLogStorage):
    """The same storage, whose `_connect` (a run's file, or the index) is the one door to every statement."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._batch: _Batch | None = None
        super().__init__(*args, **more)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table. Dagster asks for every check; no table ever goes."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store the events in one transaction per file: what a run plans is some hundreds of them."""
        with self._db_lock, ExitStack() as transactions:
            self._batch = _Batch(threading.get_ident(), transactions)
            try:
                super().store_event_batch(events)
            finally:
                self._batch = None

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        batch = self._batch
        if batch is not None and batch.thread == threading.get_ident():
            if shard not in batch.connections:
                batch.connections[shard] = batch.transactions.enter_context(self._transaction(shard))
            yield batch.connections[shard]
            return
        with self._db_lock, self._transaction(shard) as connection:
            yield connection

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
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
        # Dagster's own mode, from the first statement on: it makes a run's tables before it sets it.
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")

    return engine
