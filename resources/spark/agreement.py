"""Whether Spark and DuckDB give the same answer over the same versions of the lake's tables.

Silver: a contract's SQL over bronze, every row and every column of it, faulty rows too. Gold: of a stored table the
count of each column, exact sums of integers and decimals, least and greatest dates and moments.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.views import duckdb_instance, literal, quoted, version_sql
from lake.personal import install_pseudonym
from lake.silver.sql import Feed, parse_sql
from resources.spark.dialect import spark_sql
from resources.spark.functions import create_functions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EXAMPLES = 5


@dataclass(frozen=True)
class Agreement:
    """What two engines made of one table.

    Attributes:
        table: layer and name.
        rows: rows that DuckDB gave; of a stored table, those that it counted.
        only_duckdb, only_spark: rows that one engine alone gave, duplicates counted.
        columns: columns whose name or type differ, as text.
        examples: some of the rows that one engine alone gave, for people.
        duckdb_seconds, spark_seconds: how long each took, reading and writing included.
    """

    table: str
    rows: int
    only_duckdb: int
    only_spark: int
    columns: tuple[str, ...]
    examples: tuple[str, ...]
    duckdb_seconds: float
    spark_seconds: float

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.only_duckdb or self.only_spark or self.columns)


class Engines:
    """DuckDB and a Spark session over the versions of one lake's tables."""

    def __init__(self, spark: SparkSession, root: Path, versions: Mapping[str, int]) -> None:
        self.spark, self.root, self.versions = spark, root, versions
        key = secrets.token_hex(16)  # made for this comparison, for it becomes part of Spark's SQL
        create_functions(spark, key)
        self.con = duckdb_instance()
        install_pseudonym(self.con, key)

    def silver(self, contract: Contract, feed: Feed) -> Agreement:
        """Compare what both make of the bronze rows of a silver table."""
        bronze = f"bronze/{feed.bronze}"
        where = f" where source = {literal(feed.source)}" if feed.source else ""
        self._read(bronze, "bronze_rows")
        sql = parse_sql(contract, feed, "rows_of_feed")
        return self._compare(
            f"silver/{contract.name}",
            f"with rows_of_feed as (select * from ({version_sql(self.root / bronze, self.versions[bronze])}){where}) "
            f"select * from ({sql})",
            f"with rows_of_feed as (select * from bronze_rows{where}) select * from ({spark_sql(sql)})",
        )

    def stored(self, key: str) -> Agreement:
        """Compare counts, sums and bounds of a stored table."""
        stored = version_sql(self.root / key, self.versions[key])
        types = {name: kind for name, kind, *_ in self.con.execute(f"describe {stored}").fetchall()}
        self._read(key, "stored_rows")
        sums = f"select {_sums(types)} from "
        found = self._compare(key, f"{sums}({stored})", f"{spark_sql(sums + 'stored_rows')}{self._alive()}")
        return replace(found, rows=self.con.execute("select row_count from by_duckdb").fetchall()[0][0])

    def _alive(self) -> str:
        return " where not is_deleted" if "is_deleted" in self.spark.table("stored_rows").columns else ""

    def _read(self, key: str, view: str) -> None:
        reader = self.spark.read.format("delta").option("versionAsOf", self.versions[key])
        reader.load(str(self.root / key)).createOrReplaceTempView(view)

    def _compare(self, table: str, duckdb_sql: str, its_spark_sql: str) -> Agreement:
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            self.con.execute(f"create or replace temp table by_duckdb as {duckdb_sql}")
            between = time.perf_counter()
            self.spark.sql(its_spark_sql).write.parquet(f"{folder}/rows")
            ended = time.perf_counter()
            files = literal(f"{folder}/rows/*.parquet")
            self.con.execute(f"create or replace temp table by_spark as from read_parquet({files})")
        columns = self._differing_columns()
        only = [] if columns else [self._only("by_duckdb", "by_spark"), self._only("by_spark", "by_duckdb")]
        counts = [count for count, _ in only] or [0, 0]
        shown = tuple(text for _, texts in only for text in texts)
        rows = self.con.execute("select count(*) from by_duckdb").fetchall()[0][0]
        return Agreement(table, rows, counts[0], counts[1], columns, shown, between - began, ended - between)

    def _differing_columns(self) -> tuple[str, ...]:
        def described(relation: str) -> list[tuple[str, str]]:
            return [(row[0], row[1]) for row in self.con.execute(f"describe {relation}").fetchall()]

        there, here = described("by_duckdb"), described("by_spark")
        if there == here:
            return ()
        return tuple(f"{name} {kind}" for name, kind in sorted({*there} ^ {*here})) or ("order of the columns",)

    def _only(self, one: str, other: str) -> tuple[int, list[str]]:
        self.con.execute(f"create or replace temp table alone as from {one} except all from {other}")
        count = self.con.execute("select count(*) from alone").fetchall()[0][0]
        found = self.con.execute(f"select to_json(a)::varchar from alone a limit {EXAMPLES}").fetchall()
        return count, [f"only {one.removeprefix('by_')}: {text}" for (text,) in found]


def _sums(types: Mapping[str, str]) -> str:
    parts = ["count(*) as row_count"]
    for name, kind in types.items():
        column = quoted(name)
        parts.append(f"count({column}) as {quoted('count_' + name)}")
        if kind.startswith("DECIMAL") or kind in ("INTEGER", "BIGINT"):
            scale = kind.rstrip(")").split(",")[1] if kind.startswith("DECIMAL") else "0"
            parts.append(f"cast(sum({column}) as decimal(38, {scale})) as {quoted('sum_' + name)}")
        elif kind in ("DATE", "TIMESTAMP WITH TIME ZONE"):
            parts.append(f"min({column}) as {quoted('min_' + name)}, max({column}) as {quoted('max_' + name)}")
    return ", ".join(parts)
