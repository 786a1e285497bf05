"""The ERP's database, read by SQL: one read-only snapshot at a time, every value as the text the database writes.

PostgreSQL through psycopg, in a read-only transaction at REPEATABLE READ. Other databases that SQLAlchemy knows work
through their own driver, at SNAPSHOT isolation for SQL Server; there values become text in Python.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import ResourceParam

from resources.erp_snapshot import ErpSnapshot, ErpUnreachableError
from resources.erp_tables import read_tables
from resources.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

    from lake.ingest.pulls.source import SourceTable

ATTEMPTS = 3
_ISOLATION = {"postgresql": "REPEATABLE READ", "mssql": "SNAPSHOT"}
# Every session writes moments in UTC and ISO 8601, floats in all their digits, bytes in hexadecimal.
_SESSION = "-c timezone=UTC -c datestyle=ISO,YMD -c extra_float_digits=1 -c bytea_output=hex"


@dataclass(frozen=True)
class Erp:
    """The ERP's database as the settings name it; without a URL there is none."""

    url: str | None = field(default=None, repr=False)
    tables_file: Path | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "Erp":
        """The database that the settings name."""
        url = settings.erp_url
        return cls(url.get_secret_value() if url else None, settings.erp_tables)

    @property
    def missing(self) -> str | None:
        """What has to be set before the database can be read; None when all is there."""
        if self.url is None:
            return "set LACQUER_ERP_URL to the ERP's database, and LACQUER_ERP_TABLES to the file that lists its tables"
        if self.tables_file is None:
            return "set LACQUER_ERP_TABLES to the YAML file that lists the ERP's tables"
        return None

    @cached_property
    def tables(self) -> "tuple[SourceTable, ...]":
        """The tables that are pulled.

        Raises:
            ValueError: the file is not there, or declares what cannot be.
        """
        assert self.tables_file is not None, self.missing
        return read_tables(self.tables_file)

    @contextmanager
    def snapshot(self) -> "Iterator[ErpSnapshot]":
        """One consistent state of the database.

        Raises:
            ErpUnreachableError: it does not answer, or refuses a question.
        """
        import sqlalchemy as sa
        from sqlalchemy.pool import NullPool

        assert self.url is not None, self.missing
        url = sa.engine.make_url(self.url)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        is_postgres = url.get_backend_name() == "postgresql"
        arguments = {"options": _SESSION, "connect_timeout": 10} if is_postgres else {}
        try:
            engine = sa.create_engine(url, poolclass=NullPool, connect_args=arguments)
            with _connected(engine) as connection:
                options: dict[str, Any] = {"isolation_level": _ISOLATION.get(engine.dialect.name, "SERIALIZABLE")}
                if is_postgres:
                    options["postgresql_readonly"] = True
                with connection.execution_options(**options).begin():
                    yield ErpSnapshot(connection)
        except sa.exc.SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip()
            raise ErpUnreachableError(f"{url.render_as_string(hide_password=True)}: {said}") from error


@contextmanager
def _connected(engine: "sa.Engine") -> "Iterator[sa.Connection]":
    """A connection, tried anew with a pause while the server is not there."""
    import sqlalchemy as sa
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

    passing = retry_if_exception_type(sa.exc.OperationalError)
    for attempt in Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.5, max=5),
        retry=passing,
        reraise=True,
    ):
        with attempt:
            connection = engine.connect()
    try:
        yield connection
    finally:
        connection.close()
        engine.dispose()


ErpParam = ResourceParam[Erp]
