"""Databases of one DuckDB: each is its user's own, for as long as its user lives."""

import gc

import duckdb
import pytest

from lake.delta import views
from lake.delta.views import duckdb_connection, duckdb_instance, reading_connection


def test_what_one_makes_the_others_do_not_see() -> None:
    first, second = duckdb_connection(), duckdb_connection()
    for con, value in ((first, 1), (second, 2)):
        con.execute("create schema gold")
        con.execute(f"create view gold.figures as select {value} as value")
        con.execute(f"create temp table scratch as select {value * 10} as value")
        con.execute(f"set variable key = {value * 100}")
    for con, value in ((first, 1), (second, 2)):
        found = con.execute("select f.value, s.value, getvariable('key') from gold.figures f, scratch s").fetchall()
        assert found == [(value, value * 10, value * 100)]
    with pytest.raises(duckdb.CatalogException):
        duckdb_connection().execute("from gold.figures")


def test_its_moments_are_in_utc_and_its_own_names_come_first() -> None:
    con = duckdb_connection()
    con.execute("create view main.figures as select timestamptz '2011-03-27 01:30:00Z' as moment")
    assert con.execute("select cast(moment as varchar) from figures").fetchall() == [("2011-03-27 01:30:00+00",)]
    tables = "select table_name from information_schema.tables where table_catalog = current_database()"
    assert con.execute(tables).fetchall() == [("figures",)]


def test_a_relation_outlives_the_connection_that_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "SHARED_BY", 3)
    con = duckdb_connection()
    con.execute("create view figures as select unnest(range(5)) as value")
    relation = con.sql("select sum(value) as total from figures")
    del con
    for _ in range(7):  # the DuckDB that it belongs to has been left for two younger ones
        duckdb_connection().execute("create table filler as select 1")
    gc.collect()
    assert relation.fetchall() == [(10,)]


def test_an_instance_of_ones_own_shares_no_setting() -> None:
    own = duckdb_instance()
    own.execute("set max_memory = '200MB'")
    assert (
        duckdb_connection().execute("select current_setting('max_memory')").fetchall()
        != own.execute("select current_setting('max_memory')").fetchall()
    )


def closed_for_good(con: duckdb.DuckDBPyConnection) -> None:
    """Break the DuckDB of a connection by a cast that it cannot undo: a year of three millions."""
    import pyarrow as pa

    con.register("moments", pa.table({"moment": pa.array([10**14], pa.timestamp("s"))}))
    with pytest.raises(duckdb.InternalException):
        con.sql("select cast(moment as varchar) from moments").fetchall()


def test_after_a_fatal_error_the_next_question_is_answered() -> None:
    closed_for_good(duckdb_connection())
    assert reading_connection().execute("select 1").fetchall() == [(1,)]
    assert duckdb_connection().execute("select 2").fetchall() == [(2,)]


def test_a_fatal_error_of_an_instance_of_ones_own_closes_nothing_else() -> None:
    open_before = duckdb_connection()
    open_before.execute("create table kept as select 3 as value")
    closed_for_good(duckdb_instance())
    assert open_before.execute("from kept").fetchall() == [(3,)]
