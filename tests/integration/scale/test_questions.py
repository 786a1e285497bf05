"""DuckDB, polars, Spark and Trino answer thirty questions alike about what is published, while a writer goes on."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake.delta.table import Table
from lake.lakehouse import Lake
from resources.spark import session as spark
from resources.trino import server as trino
from resources.trino.client import TrinoError, execute
from resources.trino.registering import register
from tests.integration.scale.questions import LINES, QUESTIONS, build, plain
from tests.needs import need

pytestmark = pytest.mark.heavy
Answers = list[list[list[str]]]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return build(tmp_path_factory.mktemp("questions") / "lake")


@pytest.fixture(scope="module")
def written(lake: Lake) -> Iterator[None]:
    """A writer that replaces unpublished versions of the facts, over and over, while engines read."""
    import polars as pl

    table, ended = Table(lake.path("gold/fct_order_line")), threading.Event()
    rows = (
        pl.read_delta(str(table.path), version=lake.published()["gold/fct_order_line"])
        .with_columns(quantity=pl.lit(1000, pl.Int32))
        .to_arrow()
    )

    def write() -> None:
        while not ended.wait(0.5):
            table.overwrite(rows)

    thread = threading.Thread(target=write)
    thread.start()
    yield
    ended.set()
    thread.join()
    assert table.version() > lake.published()["gold/fct_order_line"]


@pytest.fixture(scope="module")
def by_duckdb(lake: Lake) -> Answers:
    con = lake.connect_published()
    return [plain(con.execute(one).fetchall()) for one in QUESTIONS]


def differing(found: Answers, expected: Answers) -> list[str]:
    """The questions that two engines answer differently, with the first rows of both."""
    pairs = zip(QUESTIONS, found, expected, strict=True)
    return [f"{one}\n  {here[:3]}\n  {there[:3]}" for one, here, there in pairs if here != there]


def test_the_questions_have_answers(by_duckdb: Answers) -> None:
    assert len(QUESTIONS) >= 30
    assert by_duckdb[0][0][0] == f"{LINES:.4f}"
    assert sum(len(rows) for rows in by_duckdb) > 900
    assert not [question for question, rows in zip(QUESTIONS, by_duckdb, strict=True) if not rows]


def test_duckdb_gives_the_same_answers_while_a_writer_goes_on(lake: Lake, by_duckdb: Answers, written: None) -> None:
    con = lake.connect_published()
    assert not differing([plain(con.execute(one).fetchall()) for one in QUESTIONS], by_duckdb)


def test_polars_gives_the_same_answers(lake: Lake, by_duckdb: Answers, written: None) -> None:
    import polars as pl

    frames = {}
    for key, version in lake.published().items():
        rows = pl.scan_delta(str(lake.path(key)), version=version)
        deleted = "is_deleted" in rows.collect_schema()
        frames[key.split("/")[1]] = rows.filter(~pl.col("is_deleted")).drop("is_deleted") if deleted else rows
    context = pl.SQLContext(frames)
    assert not differing([plain(context.execute(one, eager=True).rows()) for one in QUESTIONS], by_duckdb)


def test_spark_gives_the_same_answers(lake: Lake, by_duckdb: Answers, written: None) -> None:
    need(spark.is_installed(), "no Spark on this machine: make spark")
    called = [str(spark.PYTHON), "-m", "tests.integration.scale.ask_spark", str(lake.root)]
    done = subprocess.run(
        [*called, json.dumps(lake.published())],
        cwd=spark.ROOT,
        env={**os.environ, "PYTHONPATH": str(spark.ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not differing(json.loads(done.stdout.splitlines()[-1]), by_duckdb)


def test_trino_gives_the_same_answers_and_follows_publications(
    lake: Lake, by_duckdb: Answers, written: None, tmp_path: Path
) -> None:
    need(trino.is_installed(), "no Trino on this machine: make trino")
    with trino.running(tmp_path) as url:
        assert register(lambda sql: execute(url, sql), lake.root, lake.published()) == 4
        found = [plain(execute(url, _qualified(one))) for one in QUESTIONS]
        assert not differing(found, by_duckdb)
        newest = Table(lake.path("gold/fct_order_line")).version()
        register(lambda sql: execute(url, sql), lake.root, {"gold/fct_order_line": newest})
        assert execute(url, "select sum(quantity) from lake.gold.fct_order_line") == [[1000 * LINES]]
        with pytest.raises(TrinoError, match="TABLE_NOT_FOUND"):
            execute(url, "select 1 from lake.gold.nothing")


def _qualified(question: str) -> str:
    for key in ("gold.fct_order_line", "gold.dim_release", "gold.dim_buyer", "silver.orders"):
        name = key.split(".")[1]
        for word in ("from", "join"):
            question = question.replace(f"{word} {name}", f"{word} lake.{key}")
    return question
