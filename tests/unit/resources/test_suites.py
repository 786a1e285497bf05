"""Suites name the rows that were planted wrong, and keep their result while nothing changed."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from assets.quality.suites import CATALOGUE, SALES, SALES_MONTHS, SUITES
from lake.contract import Column, Contract
from lake.delta.views import duckdb_instance
from lake.lakehouse import Lake
from lake.quality.suites import Finding, Suite, expect
from resources.suites.evaluating import evaluate
from resources.suites.running import run_suite, write_index
from tests.needs import need_packages

pytestmark = [pytest.mark.heavy]
PRICES = Contract(
    name="price_list",
    layer="gold",
    grain="one row per release and month",
    key=("release_id", "month"),
    columns=(
        Column("release_id", "string", "the release"),
        Column("month", "date", "the month"),
        Column("price", "float64", "the price"),
    ),
)
PRICE_SUITE = Suite(
    name="price_list",
    table="gold/price_list",
    question="Is each price one?",
    query="select release_id, month, price from gold.price_list",
    row=("release_id",),
    partition="month",
    expectations=(
        expect("column_values_to_be_between", "a price is not negative", column="price", min_value=0),
        expect("column_mean_to_be_between", "records cost so much", column="price", min_value=1, max_value=50),
    ),
)
JANUARY, FEBRUARY = dt.date(2026, 1, 1), dt.date(2026, 2, 1)


@pytest.fixture(autouse=True)
def installed() -> None:
    need_packages("great_expectations", target="quality")


def found(suite: Suite, *tables: str) -> dict[str, Finding]:
    """The findings by column and kind, over tables made by SQL in the schema gold."""
    con = duckdb_instance()
    con.execute("create schema gold")
    for table in tables:
        con.execute(f"create table gold.{table}")
    return {f"{one.column} {one.kind}": one for one in evaluate(suite, con.sql(suite.query).df())}


def published(root: Path, prices: dict[tuple[str, dt.date], float]) -> Lake:
    lake = Lake(root)
    table = lake.table(PRICES)
    table.create()
    rows = [{"release_id": release, "month": month, "price": price} for (release, month), price in prices.items()]
    version = table.overwrite(pl.DataFrame(rows, schema=["release_id", "month", "price"]).to_arrow())
    lake.publish({"gold/price_list": version}, "test")
    return lake


def test_planted_order_lines_are_named_with_their_month() -> None:
    lines = """fct_order_line as select 'O' || n as order_id, 1 as line_number, true as is_product,
      date '2026-01-05' + n::int as order_date, date_trunc('month', order_date) as order_month, 'EUR' as currency,
      case n when 3 then 12000 else 2 end as quantity, 10.0::decimal(12, 4) as unit_price,
      case n when 40 then 7 else quantity * unit_price end as net_revenue, net_revenue as house_revenue
    from range(60) t(n)"""
    findings = found(SALES, lines)
    wrong = {name: (one.unexpected, one.partitions) for name, one in findings.items() if not one.passed}
    assert wrong == {
        "units column_values_to_be_between": (1, {"2026-01-01": 1}),
        "deviation column_values_to_be_between": (1, {"2026-02-01": 1}),
    }
    assert findings["units column_values_to_be_between"].examples[0]["order_id"] == "O3"


def test_a_lost_month_and_a_doubled_one_are_named() -> None:
    months = """mart_sales_overview as select m::date as order_month, n as gross_units, n as net_units,
      (n * 10)::decimal(18, 4) as house_gross_revenue from (values ('2026-01-01', 100), ('2026-02-01', 110),
      ('2026-04-01', 105), ('2026-05-01', 400), ('2026-06-01', 390), ('2026-07-01', 20)) t(m, n)"""
    wrong = {name: one.partitions for name, one in found(SALES_MONTHS, months).items() if not one.passed}
    assert wrong == {
        "months_since column_values_to_be_between": {"2026-04-01": 1},
        "growth column_values_to_be_between": {"2026-05-01": 1},
    }


def check_digit(twelve: str) -> str:
    """The thirteenth digit of an EAN, as GS1 computes it."""
    return str(-sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(twelve)) % 10)


def test_check_digits_of_eans_are_those_of_gs1() -> None:
    twelve = [f"{n * 7_919_333 + 400_000_000_000:012d}" for n in range(50)]
    right = [digits + check_digit(digits) for digits in twelve]
    wrong = [right[0][:-1] + str((int(right[0][-1]) + 1) % 10), "123", "abcdefghijklm"]
    values = ", ".join(f"('R{at}', '{ean}')" for at, ean in enumerate(right + wrong))
    releases = f"""dim_release as select id as release_id, 'A title' as title, if(id = 'R1', 'pop', 'jazz') as genre,
      ean, 10.0 as list_price, 4.0 as unit_cost, current_date as release_date from (values {values}) t(id, ean)"""
    finding = found(CATALOGUE, releases)["is_ean_valid column_values_to_be_in_set"]
    assert [row["release_id"] for row in finding.examples] == ["R50", "R51", "R52"]
    assert not finding.passed


def test_a_suite_runs_again_only_when_its_table_or_its_text_changed(tmp_path: Path) -> None:
    lake = published(tmp_path, {("R1", JANUARY): 10.0, ("R2", FEBRUARY): -3.0})
    first = run_suite(lake, PRICE_SUITE, "one")
    assert [(one.passed, one.unexpected, one.observed) for one in first.findings] == [
        (False, 1, "1 of 2 rows are not so"),
        (True, 0, "is 3.5"),
    ]
    assert (first.is_new, first.findings[0].examples[0]["release_id"]) == (True, "R2")
    text = first.page.read_text()
    assert "2026-02-01" in text
    assert "://" not in text.replace("http://www.w3.org", "")  # nothing is loaded from elsewhere
    again = run_suite(lake, PRICE_SUITE, "two")
    assert (again.is_new, again.findings, first.page.read_text()) == (False, first.findings, text)
    assert run_suite(lake, replace(PRICE_SUITE, question="Is it?"), "three").is_new
    published(tmp_path, {("R1", JANUARY): 10.0, ("R2", FEBRUARY): 3.0})
    mended = run_suite(lake, PRICE_SUITE, "four")
    assert (mended.is_new, mended.failed) == (True, [])
    assert "2 met" in write_index(lake, [PRICE_SUITE]).read_text()


def test_a_column_that_is_not_there_is_a_failed_expectation(tmp_path: Path) -> None:
    lake = published(tmp_path, {("R1", JANUARY): 10.0})
    unknown = expect("column_values_to_not_be_null", "it is there", column="weight")
    result = run_suite(lake, replace(PRICE_SUITE, expectations=(unknown,)), "one")
    assert [one.passed for one in result.findings] == [False]
    assert "could not be evaluated" in result.findings[0].observed
    assert "weight" in result.findings[0].observed


def test_suites_have_names_of_their_own_and_reasons() -> None:
    assert len({suite.name for suite in SUITES}) == len(SUITES)
    assert all(one.because and one.arguments for suite in SUITES for one in suite.expectations)
    assert all(suite.table in suite.tables for suite in SUITES)
