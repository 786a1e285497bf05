"""A real Redis and a real PostgreSQL serve the rows of the standing build; no password of theirs lies in the lake."""

import datetime as dt
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.feature_store import ENTITY, KNOWN_FROM, Feature, FeatureStore, View
from resources.online_store import OnlineStoreError, online_store
from tests.integration.erp.postgres import Postgres, newest_programs
from tests.needs import need, need_packages, need_program

PASSWORD = "open sesame"
VIEW = View("signals", "gold/x", "r", "t", (Feature("units", "DOUBLE", "units"), Feature("genre", "VARCHAR", "genre")))


def rows(version: int) -> pl.DataFrame:
    """Releases at two moments; the later row is what is online."""
    moments = [dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (3, 9)]
    drawn = [
        {
            ENTITY: f"R{k}",
            KNOWN_FROM: moment,
            "units": 100.0 * version + 10 * at + k,
            "genre": None if k == 3 else f"g{k}",
        }
        for at, moment in enumerate(moments)
        for k in range(5)
    ]
    return pl.DataFrame(drawn).with_columns(pl.col(KNOWN_FROM).cast(pl.Datetime("us", "UTC")))


@dataclass
class Server:
    """An online store: its address, and the projects that it holds anything of."""

    address: str
    projects: Callable[[], set[str]]


@pytest.fixture
def redis_server() -> Iterator[Server]:
    need_packages("feast", "redis", "hiredis", target="features")
    redis: Any = import_module("redis")
    program = need_program("redis-server")
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="lacquer-redis-") as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", ""]
        process = subprocess.Popen([*command, "--requirepass", PASSWORD], stdout=subprocess.DEVNULL)
        client = redis.Redis(port=port, password=PASSWORD, db=1)
        try:
            while not answers(redis, client, process):
                time.sleep(0.02)
            address = f"redis://:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/1"
            yield Server(
                address, lambda: {bytes(key)[-len("lacquer_123456789012") :].decode() for key in client.keys("*")}
            )
        finally:
            client.close()
            process.terminate()
            process.wait(10)


def answers(redis: Any, client: Any, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server takes commands yet; an assertion where it has ended."""
    assert process.poll() is None, "redis-server has ended"
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture
def postgres_server() -> Iterator[Server]:
    need_packages("feast", "psycopg_pool", target="features")
    import psycopg

    programs = need(newest_programs(), "no PostgreSQL on this machine: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="lacquer-postgres-") as folder:
        server = Postgres(Path(folder), programs)
        server.start()

        def projects() -> set[str]:
            with psycopg.connect(server.url) as connection:
                found = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            return {str(name).removesuffix(f"_{VIEW.name}") for (name,) in found}

        try:
            # Trust is how the server of the tests lets in; the password is given and must stay out of the lake.
            with_password = server.url.replace("postgres@", f"postgres:{PASSWORD.replace(' ', '%20')}@")
            yield Server(with_password, projects)
        finally:
            server.stop()


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["redis", "postgres"])
def test_what_is_online_is_the_standing_build(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server: Server = request.getfixturevalue(f"{kind}_server")
    folder = tmp_path / "feast"
    store, builds = FeatureStore(folder, server.address), []
    for version in (1, 2, 3):
        store.build([VIEW], {VIEW.name: rows(version)}, {"gold/x": version})
        builds.append(store.open().project)
        found = store.online(VIEW.name, ["R1", "R3", "R9"])
        assert found["units"].to_list() == [100.0 * version + 11, 100.0 * version + 13, None]
        assert found["genre"].to_list() == ["g1", None, None]
    assert len(set(builds)) == 3
    assert server.projects() == set(builds[1:]), "the build before stays for who reads it; older ones are torn down"
    assert FeatureStore(folder, server.address).made_of() == {"gold/x": 3}
    assert FeatureStore(folder).made_of() == {}, "what stands in another store is built again"
    texts = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    assert not any(PASSWORD.encode() in text or PASSWORD.replace(" ", "%20").encode() in text for text in texts)


def test_an_address_says_the_store() -> None:
    one = online_store("postgresql://ada:se%2Fcret@db.example:5433/features?sslmode=require&schema=online")
    assert one.config["password"] == "se/cret"
    assert {one.config[name] for name in ("host", "port", "database", "user", "db_schema", "sslmode")} == {
        "db.example", 5433, "features", "ada", "online", "require",
    }  # fmt: skip
    assert "cret" not in repr(one.public)
    assert online_store("rediss://cache/3").config["connection_string"] == "cache:6379,db=3,ssl=true"
    assert online_store(None).kind == "sqlite"
    for wrong in ("mysql://host/db", "postgresql://host", "redis"):
        with pytest.raises(OnlineStoreError, match="names no online store; give redis://"):
            online_store(wrong)
