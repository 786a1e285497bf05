"""Spark reads awkward rows as DuckDB does, and the test notices when it does not."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from resources.spark.session import PYTHON, ROOT, is_installed
from tests.needs import need, need_packages


def test_casts_division_and_structure_become_spark() -> None:
    need_packages("sqlglot", target="quality")
    from resources.spark.dialect import spark_sql

    written = spark_sql(
        "select try_cast(a as int) i, try_cast(a as decimal(12, 4)) d, try_cast(a as date) t, a / b q, "
        'regexp_full_match(c, \'[A-Z]{3}\') r, from_json(p, \'{"x": {"y": "VARCHAR"}}\') j from rows_of_feed'
    )
    assert written == (
        "SELECT TRY_CAST(LQ_DECIMAL(a) AS INT) AS i, TRY_CAST(LQ_NUMBER(a) AS DECIMAL(12, 4)) AS d, LQ_DATE(a) AS t, "
        "LQ_DIVIDE(a, b) AS q, c RLIKE '^(?:[A-Z]{3})\\\\z' AS r, "
        "FROM_JSON(p, 'STRUCT<`x`: STRUCT<`y`: STRING>>') AS j FROM rows_of_feed"
    )


def test_a_cast_without_a_rule_is_refused() -> None:
    need_packages("sqlglot", target="quality")
    from resources.spark.dialect import spark_sql

    with pytest.raises(ValueError, match="no rule says how Spark reads a text as"):
        spark_sql("select try_cast(a as blob)")


@pytest.mark.heavy
def test_awkward_rows_are_equal_in_every_column(tmp_path: Path) -> None:
    need(is_installed(), "no Spark on this machine: make spark")
    done = subprocess.run(
        [str(PYTHON), "-m", "tests.integration.scale.awkward", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["rows"] > 150
    assert (found["columns"], found["only"]) == ([], [0, 0]), found["examples"]
    # That a difference would show: the same rows with Spark's own cast of text to a date.
    assert found["with_own_casts"] > 0
