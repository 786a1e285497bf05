"""The operational database: created once, by whoever comes first, and written by one process at a time."""

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, update

from resources.database import Database, default_address
from resources.settings import Settings

TABLES = MetaData()
COUNTER = Table("counter", TABLES, Column("name", String, primary_key=True), Column("value", Integer, nullable=False))


def count_to(address: str, times: int) -> None:
    database = Database(address, TABLES)
    for _ in range(times):
        with database.write() as connection:
            value: int = connection.execute(select(COUNTER.c.value)).scalar_one()
            connection.execute(update(COUNTER).values(value=value + 1))


def test_four_processes_create_and_count_without_losing_one(tmp_path: Path) -> None:
    address = default_address(tmp_path / "lake")
    database = Database(address, TABLES)
    with database.write() as connection:
        connection.execute(insert(COUNTER).values(name="n", value=0))
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=count_to, args=(address, 25)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with database.read() as connection:
        assert connection.scalar(select(COUNTER.c.value)) == 100
    database.close()


def test_an_error_rolls_back_and_a_reader_does_not_wait(tmp_path: Path) -> None:
    database = Database(default_address(tmp_path / "lake"), TABLES)

    def write_and_stop() -> None:
        with database.write() as connection:
            connection.execute(insert(COUNTER).values(name="n", value=1))
            with database.read() as other:
                assert other.scalar(select(func.count()).select_from(COUNTER)) == 0
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_and_stop()
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(COUNTER)) == 0
    database.close()


def test_the_setting_names_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACQUER_LAKE", str(tmp_path / "lake"))
    monkeypatch.delenv("LACQUER_DATABASE", raising=False)
    beside = Database.from_settings(Settings(_env_file=None), TABLES)
    assert beside.address == f"sqlite:///{tmp_path}/lake.operational.sqlite"
    monkeypatch.setenv("LACQUER_DATABASE", "postgresql://u:p@h/d")
    assert Database.from_settings(Settings(_env_file=None), TABLES).address == "postgresql://u:p@h/d"


def test_columns_of_a_younger_release_are_added_and_rows_stay(tmp_path: Path) -> None:
    old = Database(default_address(tmp_path / "lake"), TABLES)
    with old.write() as connection:
        connection.execute(insert(COUNTER).values(name="n", value=7))
    old.close()
    younger = MetaData()
    note = Column("note", String)
    kind = Column("kind", String, nullable=False, server_default="plain")
    kept = Column("name", String, primary_key=True), Column("value", Integer, nullable=False)
    counter = Table("counter", younger, *kept, note, kind)
    for _ in range(2):
        new = Database(old.address, younger)
        with new.read() as connection:
            assert connection.execute(select(counter)).all() == [("n", 7, None, "plain")]
        new.close()
    with old.write() as connection:  # a server of the release before goes on
        connection.execute(insert(COUNTER).values(name="m", value=8))
    old.close()


def test_a_new_required_column_without_a_default_is_refused(tmp_path: Path) -> None:
    old = Database(default_address(tmp_path / "lake"), TABLES)
    with old.read():
        pass
    old.close()
    younger = MetaData()
    Table("counter", younger, Column("name", String, primary_key=True), Column("owner", String, nullable=False))
    with (
        pytest.raises(ValueError, match="counter: column owner is new and required"),
        Database(old.address, younger).read(),
    ):
        pass
