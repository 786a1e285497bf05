"""Gold's models built in Spark from the published silver, and each compared with the table that DuckDB has published.

A model that Spark cannot run is named with the reason; those that read it then read the published table.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lake.contract import IS_DELETED
from lake.delta.views import duckdb_instance, literal, quoted, version_sql
from resources.dbt.compiled import CompiledModel
from resources.spark.functions import create_functions
from resources.spark.gold_dialect import spark_gold_sql, spark_type, view_name

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import SparkSession

EXAMPLES = 3
FLOATS = ("DOUBLE", "FLOAT")
TOLERANCE = 1e-9  # of doubles, relative: sums of floats depend on their order


@dataclass(frozen=True)
class GoldAgreement:
    """What Spark made of one model.

    Attributes:
        table: layer and name.
        rows: of the published table.
        differing: rows that differ in a column, or that one side alone has.
        reason: why Spark could not run the model; empty: it could.
        examples: some differing rows, for people.
        seconds: that Spark took.
    """

    table: str
    rows: int
    differing: int
    reason: str
    examples: tuple[str, ...]
    seconds: float


class GoldInSpark:
    """Spark over the published versions of a lake, in which gold's models are built one after the other."""

    def __init__(self, spark: SparkSession, root: Path, versions: Mapping[str, int]) -> None:
        self.spark, self.root, self.versions = spark, root, versions
        spark.sparkContext.setLogLevel("OFF")  # a model that Spark cannot run is a result, and no error to log
        logging.getLogger("SQLQueryContextLogger").disabled = True
        create_functions(spark, "0" * 32)
        self.con = duckdb_instance()
        for key, version in versions.items():
            layer, name = key.split("/")
            if layer in ("silver", "gold"):
                rows = spark.read.format("delta").option("versionAsOf", version).load(str(root / key))
                if IS_DELETED.name in rows.columns:
                    rows = rows.where(f"not {IS_DELETED.name}").drop(IS_DELETED.name)
                rows.createOrReplaceTempView(view_name(layer, name))

    def missing(self, key: str, columns: Mapping[str, str]) -> None:
        """Stand in for a table that the lake has not published, with no rows."""
        typed = ", ".join(f"cast(null as {spark_type(kind)}) as `{name}`" for name, kind in columns.items())
        self.spark.sql(f"select {typed} where false").createOrReplaceTempView(view_name(*key.split("/")))

    def compare(self, models: list[CompiledModel]) -> Iterator[GoldAgreement]:
        """Build the models, parents first, and compare those that are published tables."""
        unknown: dict[str, str] = {}  # views that Spark cannot run, which have no published rows, and why
        with tempfile.TemporaryDirectory() as folder:
            for model in models:
                began = time.perf_counter()
                key = f"{model.layer}/{model.name}"
                reason = next((f"reads {one}: {why}" for one, why in unknown.items() if one in model.reads), "")
                reason = reason or self._build(model, Path(folder) / model.name)
                if reason and not model.is_table:
                    unknown[key] = reason
                if model.is_table and key in self.versions:
                    seconds = time.perf_counter() - began
                    yield self._compared(model, key, f"{folder}/{model.name}", reason, seconds)

    def _build(self, model: CompiledModel, folder: Path) -> str:
        """Why Spark could not build it; empty when its view stands."""
        from pyspark.errors import PySparkException
        from sqlglot.errors import SqlglotError

        try:
            rows = self.spark.sql(spark_gold_sql(model.sql))
            if model.is_table:
                typed = [f"cast(`{name}` as {spark_type(kind)}) as `{name}`" for name, kind in model.columns.items()]
                rows.selectExpr(*typed).write.parquet(str(folder))
                rows = self.spark.read.parquet(str(folder))
            rows.createOrReplaceTempView(view_name(model.layer, model.name))
        except (SqlglotError, PySparkException) as error:
            return str(error).splitlines()[0].strip()
        return ""

    def _compared(self, model: CompiledModel, key: str, folder: str, reason: str, seconds: float) -> GoldAgreement:
        published = version_sql(self.root / key, self.versions[key])
        rows = self.con.execute(f"select count(*) from ({published})").fetchall()[0][0]
        there = {row[0] for row in self.con.execute(f"describe {published}").fetchall()}
        if lacking := [name for name in model.columns if name not in there]:
            reason = reason or f"the published table has no {', '.join(lacking)}; bring it up to date with lacquer run"
        if reason:
            return GoldAgreement(key, rows, 0, reason, (), seconds)
        columns = ", ".join(map(quoted, model.columns))
        self.con.execute(f"create or replace temp table published as select {columns} from ({published})")
        files = literal(f"{folder}/*.parquet")
        self.con.execute(f"create or replace temp table built as select {columns} from read_parquet({files})")
        count, examples = differing_rows(self.con, model.key)
        return GoldAgreement(key, rows, count, "", examples, seconds)


def differing_rows(con: duckdb.DuckDBPyConnection, key: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """How many rows of the tables `published` and `built` differ, and some of them.

    Rows are paired by the key, without one by all that is no float. Floats are equal within a relative `TOLERANCE`.
    """
    types = {row[0]: row[1] for row in con.execute("describe published").fetchall()}
    paired_by = key or tuple(name for name, kind in types.items() if kind not in FLOATS)
    paired = " and ".join(f"p.{quoted(one)} is not distinct from b.{quoted(one)}" for one in paired_by)
    same = " and ".join(_same(quoted(name), kind) for name, kind in types.items())
    con.execute(
        "create or replace temp table pairs as select p, b from (select *, 1 as here from published) as p "
        f"full join (select *, 1 as here from built) as b on {paired} "
        f"where p.here is null or b.here is null or not ({same})"
    )
    count = con.execute("select count(*) from pairs").fetchall()[0][0]
    shown = con.execute(f"select to_json(p)::varchar, to_json(b)::varchar from pairs limit {EXAMPLES}").fetchall()
    return count, tuple(f"published {one}; Spark {other}" for one, other in shown)


def _same(column: str, kind: str) -> str:
    here, there = f"p.{column}", f"b.{column}"
    equal = f"{here} is not distinct from {there}"
    if kind not in FLOATS:
        return equal
    near = f"abs({here} - {there}) <= {TOLERANCE} * greatest(abs({here}), abs({there}))"
    return f"({equal} or coalesce({near}, false))"
