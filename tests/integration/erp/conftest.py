"""One PostgreSQL for these tests, and a schema of its own for each."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from lake.lakehouse import Lake
from tests.integration.erp.postgres import Postgres, newest_programs
from tests.integration.erp.shop import Shop
from tests.needs import need


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    programs = need(newest_programs(), "no PostgreSQL on this machine: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="lacquer-postgres-") as folder:
        server = Postgres(Path(folder), programs)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def shop(postgres: Postgres, tmp_path: Path) -> Iterator[Shop]:
    schema, lake = f"t{uuid4().hex[:12]}", tmp_path / "lake"
    lake.mkdir()
    with psycopg.connect(postgres.url) as connection:
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
        connection.commit()
        connection.execute(sql.SQL("set search_path = {}").format(sql.Identifier(schema)))
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            "create table stock (shop text, title int, units int, price numeric, status text, "
            "updated_at timestamptz default clock_timestamp(), primary key (shop, title))"
        )
        connection.commit()
        yield Shop(postgres.url, schema, Lake(lake), connection)
