"""Spark and delta-rs write the demo pack's silver tables in turn; the rows are those of DuckDB and delta-rs alone."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake.exceptions import CommitFailedError

from lake.contract import Contract
from lake.delta.table import Table
from lake.delta.views import duckdb_instance, version_sql
from lake.lakehouse import Lake
from lake.silver.refresh import refresh
from lake.silver.sql import Feed
from lake.tally import Tally
from resources.spark.client import SparkProcess
from resources.spark.session import is_installed
from resources.spark.silver import SparkSilver
from tests.needs import need

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]
KEY = "0123456789abcdef0123456789abcdef"
BRONZE = ("erp_changes", "pim_objects", "signal_events")
TABLES = ("buyers", "order_lines")


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSilver]:
    need(is_installed(), "no Spark on this machine: make spark")
    with SparkProcess("local[2]", "1g", KEY) as process:
        yield SparkSilver(process)


@pytest.fixture(scope="module")
def alone(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Bronze of the demo lake, in three commits, and silver by DuckDB."""
    lake = split_bronze(demo_lake, tmp_path_factory.mktemp("alone"))
    for name in (*TABLES, "releases"):
        bring(lake, name)
    return lake


def split_bronze(source: Path, root: Path) -> Lake:
    """A lake whose bronze tables hold the same rows in three commits, some of them twice."""
    for name in BRONZE:
        rows = Table(source / "bronze" / name).snapshot().to_pyarrow_table()
        table = Table(root / "bronze" / name)
        table.create(rows.schema, ("source",))
        for part in range(3):
            again = list(range(0, 300, 3)) if part else []
            table.append(rows.take([*again, *range(part, len(rows), 3)]), {}, snapshot=table.snapshot())
    return Lake(root)


def bring(lake: Lake, name: str, until: int | None = None, engine: SparkSilver | None = None, **how: bool) -> Tally:
    """Bring a silver table up to a version of bronze."""
    contract, feed = declared(name)
    session = lake.session(uuid.uuid4().hex)
    if until is not None:
        session.versions[f"bronze/{feed.bronze}"] = until
    return refresh(lake, session, contract, feed, pseudonym_key=KEY, engine=engine, **how).batch


def declared(name: str) -> tuple[Contract, Feed]:
    import assets.silver
    from assets.contracts import declared_contracts

    contracts = {contract.name: contract for contract in declared_contracts("assets.silver")}
    return contracts[name], assets.silver.FEEDS[name]


def rows_of(lake: Lake, name: str) -> str:
    table = lake.path(f"silver/{name}")
    return version_sql(table, Table(table).version())


def assert_same(one: Lake, other: Lake, name: str) -> None:
    con = duckdb_instance()
    here, there = rows_of(one, name), rows_of(other, name)
    for left, right in ((here, there), (there, here)):
        assert con.execute(f"({left}) except all ({right}) limit 3").fetchall() == [], name
    assert con.execute(f"select count(*) from ({here})").fetchall()[0][0] > 10


@pytest.mark.parametrize("name", TABLES)
def test_spark_and_delta_rs_write_in_turn(
    demo_lake: Path, alone: Lake, spark: SparkSilver, tmp_path: Path, name: str
) -> None:
    lake = split_bronze(demo_lake, tmp_path)
    first = bring(lake, name, 1, spark)  # added to an empty table
    second = bring(lake, name, 2)
    third = bring(lake, name, 3, spark)  # merged into what delta-rs has written
    assert_same(lake, alone, name)
    assert (first.applied > 0, first.is_balanced, third.is_balanced) == (True, True, True)
    totals = Tally.standing(Table(lake.path(f"silver/{name}")).snapshot())
    expected = Tally.standing(Table(alone.path(f"silver/{name}")).snapshot())
    assert totals == first + second + third
    assert (totals.read, totals.dead) == (expected.read, expected.dead)


class Dies:
    """An engine whose process ends right after its commit."""

    def __init__(self, engine: SparkSilver) -> None:
        self.engine, self.parsed = engine, engine.parsed

    def write(self, *what: object, **how: object) -> None:
        """Commit, and end."""
        self.engine.write(*what, **how)  # type: ignore[arg-type]
        raise KeyboardInterrupt


def test_a_kill_after_sparks_commit_is_completed(
    demo_lake: Path, alone: Lake, spark: SparkSilver, tmp_path: Path
) -> None:
    lake = split_bronze(demo_lake, tmp_path)
    bring(lake, "releases", 2, spark)
    with pytest.raises(KeyboardInterrupt):
        bring(lake, "releases", 3, Dies(spark))  # type: ignore[arg-type]
    assert Table(lake.path("silver/releases")).transactions("read:pim_objects") == {"read:pim_objects": 2}
    assert bring(lake, "releases", 3).read == 0  # what was missing of the commit, and no row
    totals = Tally.standing(Table(lake.path("silver/releases")).snapshot())
    assert totals.is_balanced
    assert totals.read == Tally.standing(Table(alone.path("silver/releases")).snapshot()).read
    assert_same(lake, alone, "releases")
    bring(lake, "releases", 3, spark, in_full=True)  # Spark in place of all rows
    assert_same(lake, alone, "releases")


@pytest.mark.parametrize("bound", ["", "true"])
def test_spark_leaves_a_write_out_whose_snapshot_is_stale(
    demo_lake: Path, spark: SparkSilver, tmp_path: Path, bound: str
) -> None:
    lake, (contract, _) = split_bronze(demo_lake, tmp_path), declared("releases")
    bring(lake, "releases", 2)
    path = lake.path("silver/releases")
    rows = Table(path).snapshot().to_pyarrow_table().slice(0, 5).cast(contract.arrow_schema)
    before = sorted(duckdb_instance().execute(rows_of(lake, "releases")).fetchall())
    with pytest.raises(CommitFailedError, match="another writer was faster than Spark"):
        spark.write(path, contract, 1, rows, bound, '{"lacquer_transactions": {}}', replace=not bound)
    assert sorted(duckdb_instance().execute(rows_of(lake, "releases")).fetchall()) == before


def test_a_checkpoint_of_spark_keeps_the_reading_position(demo_lake: Path, spark: SparkSilver, tmp_path: Path) -> None:
    lake, (contract, _) = split_bronze(demo_lake, tmp_path), declared("releases")
    bring(lake, "releases", 2)
    path = lake.path("silver/releases")
    while Table(path).version() < 8:
        Table(path).snapshot().alter.set_table_properties({"delta.appendOnly": "false"})
    rows = Table(path).snapshot().to_pyarrow_table().slice(0, 5).cast(contract.arrow_schema)
    spark.write(path, contract, 2, rows, "true", "a note", replace=False)  # takes a property away, then merges
    assert [one.name for one in (path / "_delta_log").glob("*.checkpoint*.parquet")] == [f"{10:020}.checkpoint.parquet"]
    for version in range(10):
        (path / "_delta_log" / f"{version:020}.json").unlink()
    read = Table(path).snapshot()
    assert (read.version(), read.transaction_version("read:pim_objects")) == (10, 2)
    assert Tally.standing(read).is_balanced
    assert Tally.standing(read).read > 0
    assert not read.schema().to_arrow().field("release_id").nullable
