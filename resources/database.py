"""The operational database: what is not business data, such as the outbox of notifications, sessions and API keys.

SQLite beside the lake by default, another one (PostgreSQL) by `LACQUER_DATABASE`. Whoever keeps something here declares
its tables on `METADATA` and asks for a `Database`; missing tables are created at first use. Business data does not
belong here: it lives in Delta tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Engine, MetaData

BUSY_TIMEOUT_S = 30
WRITES = "lacquer_writes"


def default_address(lake: Path) -> str:
    """The address of the SQLite file that stands beside a lake: `lakes/demo` has `lakes/demo.operational.sqlite`."""
    return f"sqlite:///{lake.absolute().with_name(lake.name + '.operational.sqlite')}"


class Database:
    """Transactions on the operational database, for the tables of one `MetaData`.

    Args:
        address: an SQLAlchemy URL, `sqlite:////srv/lake.operational.sqlite` or `postgresql+psycopg://user:key@host/db`.
        tables: what must exist; created at first use.
    """

    def __init__(self, address: str, tables: "MetaData") -> None:
        self.address = address
        self.tables = tables

    @classmethod
    def from_settings(cls, settings: Settings, tables: "MetaData") -> "Database":
        """The database of an installation."""
        address = settings.database.get_secret_value() if settings.database else default_address(settings.lake)
        return cls(address, tables)

    @cached_property
    def engine(self) -> "Engine":
        """The connection pool; opened, and missing tables created, at first use."""
        from sqlalchemy import create_engine, make_url

        url = make_url(self.address)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
            _tune_sqlite(engine)
        else:
            engine = create_engine(url, pool_pre_ping=True)
        self._create(engine)
        return engine

    @contextmanager
    def write(self) -> "Iterator[Connection]":
        """A transaction that may write: committed at the end, rolled back on an error.

        SQLite takes its write lock at the beginning, so that what the transaction reads stays true until it commits.
        """
        with self.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> "Iterator[Connection]":
        """A transaction that only reads; on SQLite it never waits for a writer."""
        with self.engine.connect().execution_options(**{WRITES: False}) as connection:
            yield connection

    def close(self) -> None:
        """Close the pool's connections."""
        self.engine.dispose()

    def _create(self, engine: "Engine") -> None:
        """Create what is missing. Another process may be faster, and then there is nothing left to do."""
        from sqlalchemy import inspect
        from sqlalchemy.exc import DatabaseError

        try:
            self.tables.create_all(engine)
        except DatabaseError:
            if set(self.tables.tables) - set(inspect(engine).get_table_names()):
                raise
        self._add_columns(engine)

    def _add_columns(self, engine: "Engine") -> None:
        """Add the columns that a younger release declares and the stored tables lack.

        Raises:
            ValueError: a column that rows must have, without a default for those that are there.
        """
        from sqlalchemy import text
        from sqlalchemy.exc import DatabaseError
        from sqlalchemy.schema import CreateColumn

        for table, column in self._missing(engine):
            if not column.nullable and column.server_default is None:
                raise ValueError(f"{table}: column {column.name} is new and required; declare it with a server_default")
            declared = CreateColumn(column).compile(dialect=engine.dialect)
            try:
                with engine.begin() as connection:
                    connection.execute(text(f"alter table {table} add column {declared}"))
            except DatabaseError:  # another process may be faster
                if (table, column) in self._missing(engine):
                    raise

    def _missing(self, engine: "Engine") -> "list[tuple[str, Column[Any]]]":
        """The declared columns that the stored tables lack, with the table's name."""
        from sqlalchemy import inspect

        with engine.connect().execution_options(**{WRITES: False}) as connection:
            stored = inspect(connection)
            names = {table: {one["name"] for one in stored.get_columns(table)} for table in self.tables.tables}
        return [
            (table.name, column)
            for table in self.tables.sorted_tables
            for column in table.columns
            if column.name not in names[table.name]
        ]


def _tune_sqlite(engine: "Engine") -> None:
    """Write-ahead log, durable commits, foreign keys, and transactions that begin where SQLAlchemy begins them."""
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def connected(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined] # the driver would begin too late
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on"):
            connection.execute(f"pragma {pragma}")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begun(connection: "Connection") -> None:
        writes = connection.get_execution_options().get(WRITES, True)
        connection.exec_driver_sql("begin immediate" if writes else "begin")
