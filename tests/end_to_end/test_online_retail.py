"""The real wholesaler from landing to gold: months to the cent, what is no order, and a day that touches only its own.

The oracle is SQL over the raw Parquet files; an invoice that stands in both extracts counts once.
"""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from lake.lakehouse import Lake
from tests.end_to_end import states
from tests.end_to_end.commands import lacquer

RAW = """
create view raw as
with every as (
  from read_parquet('{folder}/orders_2010_12_to_2011_09.parquet')
  union all
  from read_parquet('{folder}/orders_2009_12_to_2010_12.parquet')
  where Invoice not in (select Invoice from read_parquet('{folder}/orders_2010_12_to_2011_09.parquet'))
)
select Invoice as order_id, StockCode as release_id, Quantity as quantity, Price::decimal(12, 4) as price,
  InvoiceDate as ordered_at, "Customer ID"::varchar as buyer_id
from every where InvoiceDate < date '{until}' + 1
"""
FIRST, NEXT = "2011-09-07", "2011-09-08"
MONTHS = """
select date_trunc('month', ordered_at)::date, count(*), sum(quantity)::bigint,
  sum(quantity * price)::decimal(18, 4), count(*) filter (quantity < 0)
from raw where order_id[1] <> 'A' group by 1 order by 1
"""

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]


def run(lake: Path, data: Path, until: str) -> None:
    daily = ("--drops", "daily", "--daily-from", "2011-09-01", "--until", until)
    answer = lacquer(lake, "run", "--pack", "online-retail", "--data", data, "--no-backtest", *daily)
    assert answer.returncode == 0, answer.stderr


def raw(data: Path, until: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(RAW.format(folder=data / "online_retail_ii", until=until))
    return connection


@pytest.fixture(scope="module")
def wholesaler(tmp_path_factory: pytest.TempPathFactory, lacquer_data: Path) -> Path:
    lake = tmp_path_factory.mktemp("wholesaler") / "lake"
    run(lake, lacquer_data, FIRST)
    return lake


def ask(lake: Path, query: str) -> list[tuple[Any, ...]]:
    return Lake(lake).connect_published().execute(query).fetchall()


def months(lake: Path) -> list[tuple[Any, ...]]:
    return ask(
        lake,
        "select order_month, count(*), sum(quantity)::bigint, sum(net_revenue)::decimal(18, 4), "
        "count(*) filter (is_return) from fct_order_line group by 1 order by 1",
    )


def test_months_equal_the_raw_files_to_the_cent(wholesaler: Path, lacquer_data: Path) -> None:
    found = months(wholesaler)
    assert found == raw(lacquer_data, FIRST).execute(MONTHS).fetchall()
    assert len(found) == 22
    assert sum(count for _, count, *_ in found) > 830_000


def test_bad_debt_adjustments_are_no_orders(wholesaler: Path, lacquer_data: Path) -> None:
    adjustments = "select distinct order_id from raw where order_id[1] = 'A' order by 1"
    refused = (
        "select distinct json_extract_string(decode(raw), '$.after.order_id') from dead_letters "
        "where rule = 'no_bad_debt_adjustment' and table_name = 'silver/{table}' order by 1"
    )
    expected = raw(lacquer_data, FIRST).execute(adjustments).fetchall()
    assert len(expected) == 6
    for table in ("orders", "order_lines"):
        assert ask(wholesaler, refused.format(table=table)) == expected
    assert ask(wholesaler, "select count(*) from fct_order_line where order_id[1] = 'A'") == [(0,)]


def test_an_order_cancelled_within_minutes_is_not_in_gross_units(wholesaler: Path, lacquer_data: Path) -> None:
    """74,215 jars ordered at 10:01 were given back at 10:17."""
    huge = raw(lacquer_data, FIRST).execute("from raw where quantity > 70000").fetchall()
    assert [(row[0], row[1], row[2]) for row in huge] == [("541431", "23166", 74_215)]
    day = "release_id = '23166' and {day} = date '2011-01-18'"
    sold = "select sum(quantity) filter (quantity > 0 and order_id <> '541431'), sum(quantity) from raw where "
    expected = raw(lacquer_data, FIRST).execute(sold + day.format(day="ordered_at::date")).fetchall()
    query = "select nullif(gross_units, 0), net_units from fct_sales_day where " + day.format(day="sales_date")
    assert ask(wholesaler, query) == expected
    assert ask(wholesaler, "select max(gross_units) < 70000 from fct_sales_day") == [(True,)]


def test_sales_days_hold_what_order_lines_say(wholesaler: Path) -> None:
    both = (
        "select sum(net_units), sum(net_revenue) from fct_sales_day union all "
        "select sum(quantity), sum(net_revenue) from fct_order_line where is_product"
    )
    assert len(set(ask(wholesaler, both))) == 1


def test_one_more_day_touches_its_own_month(wholesaler: Path, lacquer_data: Path) -> None:
    before = states.files(wholesaler)
    run(wholesaler, lacquer_data, NEXT)
    rewritten = states.rewritten(before, states.files(wholesaler))
    for key in ("silver/orders", "silver/order_lines", "gold/fct_order_line"):
        assert rewritten[key] == {"2011-09-01"}, key
    for key in ("gold/fct_sales_day", "gold/mart_sales_overview", "gold/int_cancelled_order"):
        assert "2011-09-01" in rewritten[key] <= {"2011-08-01", "2011-09-01"}, key
    assert months(wholesaler) == raw(lacquer_data, NEXT).execute(MONTHS).fetchall()
