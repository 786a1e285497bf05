"""Gold on a quarter of the real wholesaler's order lines, against SQL over the raw file."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from lake.delta.views import duckdb_connection
from lake.lakehouse import Lake
from tests.integration.gold.building import FACTS, build_gold, rows
from tests.integration.gold.silver_tables import CONTRACTS
from tests.integration.gold.test_figures import cancelled_in_full

MONTHS = [dt.date(2011, month, 1) for month in (1, 2, 3)]
RAW = """
create table raw as
select *, cast("Customer ID" as varchar) as buyer, cast(Price as decimal(12, 4)) as price4,
  regexp_matches(StockCode, '^[0-9]{{5}}') as is_goods, cast(date_trunc('month', InvoiceDate) as date) as order_month
from '{path}'
where InvoiceDate >= '2011-01-01' and InvoiceDate < '2011-04-01' and Invoice not like 'A%' and Price >= 0
"""
ORDER_LINES = """
select Invoice as order_id,
  cast(row_number() over (partition by Invoice order by StockCode, Quantity, Price, InvoiceDate) as integer)
    as line_number,
  StockCode as release_id, if(is_goods, 'product', 'service') as item_category,
  if(Invoice like 'C%', 'cancellation', 'sale') as order_type, cast(InvoiceDate as timestamptz) as ordered_at,
  cast(Quantity as integer) as quantity, price4 as unit_price, 'GBP' as currency, is_goods as is_product,
  Quantity < 0 as is_return, order_month, 1::bigint as source_position, null::timestamptz as source_changed_at,
  false as is_deleted, false as is_carried
from raw
"""
ORDERS = f"""
select order_id, any_value(buyer) as buyer_id, min(ordered_at) as ordered_at, any_value(order_type) as order_type,
  'shipped' as status, 'GBP' as currency, any_value(Country) as country, 'web' as channel,
  cast(date_trunc('month', min(ordered_at)) as date) as order_month, 1::bigint as source_position,
  null::timestamptz as source_changed_at, false as is_deleted, false as is_carried
from ({ORDER_LINES}) join (select distinct Invoice as order_id, buyer, Country from raw) using (order_id)
group by order_id
"""


def put(lake: Lake, con: duckdb.DuckDBPyConnection, name: str, sql: str, months: Sequence[dt.date]) -> None:
    """Write a silver table from SQL over the raw lines."""
    schema = CONTRACTS[name].arrow_schema
    where = " where order_month in (" + ", ".join(f"date '{month}'" for month in months) + ")"
    data: pa.Table = con.sql(f"select {', '.join(schema.names)} from ({sql}){where}").to_arrow_table()
    lake.table(CONTRACTS[name]).overwrite(data.cast(schema), months)


def month_sums(lake: Lake, name: str, sums: str) -> list[tuple]:
    """Sums of a gold table by month."""
    con = lake.connect({f"gold/{name}": lake.versions()[f"gold/{name}"]})
    return con.sql(f"select order_month, {sums} from gold.{name} group by 1 order by 1").fetchall()


@pytest.fixture
def raw(lacquer_data: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb_connection()
    con.execute(RAW.format(path=lacquer_data / "online_retail_ii" / "orders_2010_12_to_2011_09.parquet"))
    return con


@pytest.fixture
def built(lake: Lake, raw: duckdb.DuckDBPyConnection) -> Lake:
    """Two months built first, the third caught up with."""
    for months in (MONTHS[:2], MONTHS[2:]):
        put(lake, raw, "order_lines", ORDER_LINES, months)
        put(lake, raw, "orders", ORDERS, months)
        build_gold(lake, f"until-{months[-1]}", FACTS)
    return lake


def test_months_equal_sql_over_the_raw_lines_to_the_cent(built: Lake, raw: duckdb.DuckDBPyConnection):
    lines = raw.sql(
        "select order_month, count(*), sum(Quantity), sum(Quantity * price4) from raw group by 1 order by 1"
    ).fetchall()
    assert month_sums(built, "fct_order_line", "count(*), sum(quantity), sum(net_revenue)") == lines
    goods = raw.sql(
        "select order_month, sum(Quantity), sum(Quantity * price4) from raw where is_goods group by 1 order by 1"
    ).fetchall()
    assert month_sums(built, "fct_sales_day", "sum(net_units), sum(net_revenue)") == goods
    assert month_sums(built, "mart_sales_overview", "sum(net_units), sum(net_revenue)") == goods


def test_cancelled_orders_equal_the_rule_played_out(built: Lake, raw: duckdb.DuckDBPyConnection):
    lines = raw.sql(ORDER_LINES).to_arrow_table().to_pylist()
    owners = dict(raw.sql("select distinct Invoice, buyer from raw").fetchall())
    played = cancelled_in_full(lines, owners)
    assert rows(built, "int_cancelled_order", "order_id, order_month, cancelled_at") == sorted(
        (*key, at) for key, at in played.items()
    )
    assert ("541431", "12346", 74215) in rows(built, "int_cancelled_order", "order_id, buyer_id, units")
