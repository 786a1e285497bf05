"""How gold's SQL becomes Spark's, and that rows which differ are counted."""

import duckdb
import pytest

from tests.needs import need_packages


@pytest.mark.parametrize(
    ("duckdb_sql", "spark_sql"),
    [
        (
            'select x.a from "memory"."gold"."t" as x join memory.silver.u on x.b = u.b',
            "SELECT x.a FROM gold_t AS x JOIN silver_u AS u ON x.b = u.b",
        ),
        ("select a / b as q", "SELECT LQ_DIVIDE(a, b) AS q"),
        ("select cast(a as hugeint) // 2 as q", "SELECT CAST(a AS DECIMAL(38, 0)) DIV 2 AS q"),
        ("select extract(isodow from d) as w", "SELECT (WEEKDAY(d) + 1) AS w"),
        ("select extract(isoyear from d) as y", "SELECT EXTRACT(YEAROFWEEK FROM d) AS y"),
        ("select dayname(d) as n", "SELECT DATE_FORMAT(d, 'EEEE') AS n"),
        ("select d - to_months(3) as e", "SELECT d - MAKE_YM_INTERVAL(0, 3) AS e"),
    ],
)
def test_gold_in_the_dialect_of_spark(duckdb_sql: str, spark_sql: str) -> None:
    need_packages("sqlglot", target="quality")
    from resources.spark.gold_dialect import spark_gold_sql

    assert spark_gold_sql(duckdb_sql) == spark_sql


def test_what_spark_cannot_do_is_an_error() -> None:
    need_packages("sqlglot", target="quality")
    from sqlglot.errors import UnsupportedError

    from resources.spark.gold_dialect import spark_gold_sql

    with pytest.raises(UnsupportedError, match="EXCLUDE"):
        spark_gold_sql("select sum(a) over (order by b rows between 1 preceding and 1 following exclude current row)")


@pytest.mark.parametrize(
    ("built", "key", "count"),
    [
        ("select * from published", ("id",), 0),
        ("select * replace (x * (1 + 1e-12) as x) from published", ("id",), 0),
        ("select * replace (x * (1 + 1e-6) as x) from published", ("id",), 2),  # a null stays null
        ("select * replace (upper(t) as t) from published", ("id",), 1),
        ("select * from published where id is distinct from 2", ("id",), 1),
        ("select * from published union all select 9, 'new', 1, [1]", ("id",), 1),
        ("select * replace ([3, 2] as l) from published", ("id",), 3),
        ("select * replace (x + 2 as x) from published", (), 2),
        ("select * replace (null as t) from published where id is null", ("id",), 2),
    ],
)
def test_differing_rows_are_counted(built: str, key: tuple[str, ...], count: int) -> None:
    need_packages("sqlglot", target="quality")
    from resources.spark.gold import differing_rows

    con = duckdb.connect()
    con.execute(
        "create table published as from (values (1, 'a', 0.1::double, [1, 2]), (2, 'B', null, [2]), "
        "(null, null, 1e9, null)) as v(id, t, x, l)"
    )
    con.execute(f"create table built as {built}")
    found, examples = differing_rows(con, key)
    assert (found, len(examples)) == (count, min(count, 3))
