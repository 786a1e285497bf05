"""Given the demo pack and its truth, when it has gone through the whole graph, then the figures are the true ones.

The oracle is SQL over the truth that was saved beside the lake, by order number; nothing of ours is used to make it.
"""

import json
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lake.lakehouse import Lake

TRUTH = """
create table stated as
select order_id, line_number::int as line_number, release_id, item_category, qty::int as quantity,
  price::decimal(12, 4) as unit_price, created_at::timestamptz as ordered_at, currency
from read_parquet('{lake}/truth/order_lines/*.parquet')
"""
# The rate of a line's day is the last one landed for its currency until then; one euro is one.
IN_EUROS = """
create table truth as
select stated.*, (select r.rate from rates r where r.currency = stated.currency and r.day <= ordered_at::date
  order by r.day desc limit 1) as rate, null::decimal(18, 4) as euros from stated
"""
# A cancellation bears the number of its order. In full within a day: all that was sold came back by then.
GROSS = """
with goods as (
  select *, replace(order_id, 'CN', 'SO') as number, quantity < 0 as is_back from truth where item_category = 'product'
), bounds as (
  select number, min(ordered_at) filter (not is_back) as sold_at, sum(quantity) as left_over,
    max(ordered_at) filter (is_back) as back_at
  from goods group by number
), cancelled as (
  select number from bounds where left_over = 0 and back_at <= sold_at + interval 24 hours
)
select release_id, ordered_at::date as sales_date,
  coalesce(sum(quantity) filter (not is_back and number not in (from cancelled)), 0)::bigint as gross_units,
  sum(quantity)::bigint as net_units,
  coalesce(sum(euros) filter (not is_back and number not in (from cancelled)), 0)::decimal(18, 4) as gross_revenue,
  sum(euros)::decimal(18, 4) as net_revenue,
  count(distinct order_id) filter (not is_back and number not in (from cancelled)) as gross_orders
from goods group by all order by all
"""
LAST_DAY = "2024-05-01"


@pytest.fixture(scope="module")
def truth(demo_lake: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(TRUTH.format(lake=demo_lake))
    events = [
        json.loads(line)
        for path in (demo_lake / "landing/signals").glob("*--signals-rates.jsonl")
        for line in path.read_text().splitlines()
    ]
    connection.execute("create table rates (currency varchar, day date, rate varchar)")
    rows = [(event["entity_id"], event["occurred_at"][:10], event["value"]) for event in events]
    connection.executemany("insert into rates values (?, ?, ?)", rows)
    connection.execute(IN_EUROS)
    lines = connection.execute(
        "select order_id, line_number, quantity * unit_price, rate from truth where currency <> 'EUR'"
    ).fetchall()
    connection.execute("update truth set euros = quantity * unit_price where currency = 'EUR'")
    euros = [(in_euros(amount, rate), order_id, line) for order_id, line, amount, rate in lines]
    connection.execute("create table foreign_lines (euros decimal(18, 4), order_id varchar, line_number int)")
    connection.executemany("insert into foreign_lines values (?, ?, ?)", euros)
    connection.execute(
        "update truth set euros = f.euros from foreign_lines f "
        "where f.order_id = truth.order_id and f.line_number = truth.line_number"
    )
    return connection


def in_euros(amount: Decimal, rate: str) -> Decimal:
    """The amount divided by the rate, to four decimals, halves away from zero; by fractions, so exactly."""
    parts = Fraction(amount) / Fraction(rate) * 10_000
    whole = int(abs(parts) + Fraction(1, 2))
    return Decimal(whole if parts > 0 else -whole) / 10_000


@pytest.fixture(scope="module")
def published(demo_lake: Path) -> duckdb.DuckDBPyConnection:
    return Lake(demo_lake).connect_published()


def answer(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def test_silver_order_lines_are_the_true_ones(
    published: duckdb.DuckDBPyConnection, truth: duckdb.DuckDBPyConnection
) -> None:
    columns = "order_id, line_number, release_id, item_category, quantity, unit_price, ordered_at"
    standing = answer(published, f"select {columns} from silver.order_lines order by all")
    assert standing == answer(truth, f"select {columns} from truth order by all")
    assert len(standing) > 4_000


def test_the_order_fact_is_the_truth_with_its_sums(
    published: duckdb.DuckDBPyConnection, truth: duckdb.DuckDBPyConnection
) -> None:
    fact = answer(
        published,
        "select order_id, line_number, ordered_at, order_date, release_id, quantity, unit_price, net_revenue, "
        "currency, house_revenue, house_currency, is_return, is_product, order_month from fct_order_line order by all",
    )
    assert fact == answer(
        truth,
        "select order_id, line_number, ordered_at, ordered_at::date, release_id, quantity, unit_price, "
        "(quantity * unit_price)::decimal(18, 4), currency, euros, 'EUR', quantity < 0, item_category = 'product', "
        "date_trunc('month', ordered_at)::date from truth order by all",
    )


def test_each_order_line_has_the_buyer_of_its_order(published: duckdb.DuckDBPyConnection, demo_lake: Path) -> None:
    columns = "{after: 'STRUCT(order_id VARCHAR, buyer_id VARCHAR)'}"
    landed = f"read_json('{demo_lake}/landing/erp/*erp-orders.jsonl', columns={columns})"
    (wrong,) = published.execute(
        f"select count(*) from fct_order_line l where not exists (from {landed} o "
        "where o.after.order_id = l.order_id and o.after.buyer_id = l.buyer_id)"
    ).fetchone() or (None,)
    assert wrong == 0


def test_sales_days_are_what_sql_over_the_truth_says(
    published: duckdb.DuckDBPyConnection, truth: duckdb.DuckDBPyConnection
) -> None:
    columns = "release_id, sales_date, gross_units, net_units, gross_revenue, net_revenue, gross_orders"
    stored = answer(published, f"select {columns} from fct_sales_day order by all")
    assert stored == answer(truth, GROSS)
    assert sum(row[2] for row in stored) > sum(row[3] for row in stored)


def test_the_overview_adds_up_to_the_truth(
    published: duckdb.DuckDBPyConnection, truth: duckdb.DuckDBPyConnection
) -> None:
    sums = "sum(net_units)::bigint, sum(house_net_revenue)::decimal(18, 4)"
    assert answer(published, f"select order_month, {sums} from mart_sales_overview group by 1 order by 1") == answer(
        truth,
        "select date_trunc('month', ordered_at)::date, sum(quantity)::bigint, "
        "sum(euros)::decimal(18, 4) from truth where item_category = 'product' group by 1 order by 1",
    )


def test_every_release_that_sold_within_a_year_is_forecast(
    demo_lake: Path, published: duckdb.DuckDBPyConnection, truth: duckdb.DuckDBPyConnection
) -> None:
    """What was only ordered ahead is no release yet, and too few have come out here to tell how one begins."""
    world = json.loads((demo_lake / "truth/world.json").read_text())
    is_out = f"date '{world['start']}' + release_day::int <= date '{LAST_DAY}'"
    out = f"select release_id from read_parquet('{demo_lake}/truth/releases.parquet') where {is_out}"
    sold = answer(
        truth, f"select distinct release_id from ({GROSS}) where gross_units > 0 and release_id in ({out}) order by 1"
    )
    assert len(sold) > 100
    forecasts = answer(
        published, "select release_id, list(horizon_days order by horizon_days) from forecasts group by 1"
    )
    horizons = dict(forecasts)
    assert {tuple(found) for found in horizons.values()} == {(30, 60, 90)}
    assert [release for (release,) in sold if release not in horizons] == []
    assert answer(published, "select distinct origin::varchar from forecasts") == [(LAST_DAY,)]


def test_sums_of_every_level_are_the_sum_of_the_releases(published: duckdb.DuckDBPyConnection) -> None:
    sums = dict(
        answer(
            published,
            "select level, sum(mean) from forecast_totals where target = 'units' and horizon_days = 30 group by 1",
        )
    )
    # A release to come counts from its release date, evenly within its first 30 days.
    days = "greatest(0, 30 - (starts_on - origin - 1))"
    ((whole,),) = answer(published, f"select sum(units_mean * {days} / 30) from forecasts where horizon_days = 30")
    assert set(sums) == {"all", "artist", "category", "region"}
    assert list(sums.values()) == pytest.approx([whole] * 4, abs=1e-6)


@pytest.mark.parametrize("target", ["units", "revenue"])
def test_quantiles_are_finite_ordered_and_grow_with_the_horizon(
    published: duckdb.DuckDBPyConnection, target: str
) -> None:
    statistics = [f"{target}_{name}" for name in ("mean", "p10", "p50", "p90")]
    finite = " and ".join(f"isfinite({name})" for name in statistics)
    bad = f"not ({finite} and 0 <= {target}_p10 and {target}_p10 <= {target}_p50 and {target}_p50 <= {target}_p90)"
    assert answer(published, f"from forecasts where {bad}") == []
    shrinking = (
        f"select release_id from (select *, lag({target}_p90) over w as p90_before, "
        f"lag({target}_mean) over w as before from forecasts "
        "window w as (partition by release_id, origin order by horizon_days)) "
        f"where {target}_p90 < p90_before or {target}_mean < before - 1e-9"
    )
    assert answer(published, shrinking) == []


def test_expected_days_add_up_to_the_cumulative_means(published: duckdb.DuckDBPyConnection) -> None:
    wrong = """
    with days as (
      select f.release_id, f.horizon_days, count(*) as days, sum(d.expected_units) as units,
        sum(d.expected_revenue) as revenue, any_value(f.units_mean) as units_mean,
        any_value(f.revenue_mean) as revenue_mean
      from forecasts f join mart_forecast_product_day d
        on d.release_id = f.release_id and d.origin = f.origin and d.day_ahead <= f.horizon_days
      group by all
    )
    from days where days <> horizon_days or abs(units - units_mean) > 1e-6 or abs(revenue - revenue_mean) > 1e-6
    """
    assert answer(published, wrong) == []
    all_days = "select sum(horizon_days) from forecasts where horizon_days = 90"
    assert answer(published, "select count(*) from mart_forecast_product_day") == answer(published, all_days)


def test_there_is_something_to_forecast(published: duckdb.DuckDBPyConnection) -> None:
    risks = Counter(risk for (risk,) in answer(published, "select risk_level from forecasts"))
    assert set(risks) <= {"Low", "Medium", "High"}
    assert answer(published, "select count(*) > 50 from forecasts where units_p50 > 0") == [(True,)]


def test_orders_come_in_three_currencies_and_forecasts_say_theirs(published: duckdb.DuckDBPyConnection) -> None:
    counted = dict(answer(published, "select currency, count(*) from fct_order_line group by 1"))
    assert set(counted) == {"EUR", "GBP", "USD"}
    assert min(counted.values()) > 100
    assert answer(published, "select distinct currency from forecasts") == [("EUR",)]
    assert answer(published, "select count(*) from fct_order_line where is_currency_disputed") == [(0,)]


def test_planted_stock_outs_are_the_empty_shelves_of_the_books(
    published: duckdb.DuckDBPyConnection, demo_lake: Path
) -> None:
    """Of each that has begun, the day on which the shelf went empty."""
    began = answer(
        published,
        "select release_id, warehouse, stock_date::varchar from fct_inventory_snapshot where is_out_of_stock "
        "and opening > 0 order by all",
    )
    planted = [json.loads(line) for line in (demo_lake / "truth/stock_outs.jsonl").read_text().splitlines()]
    assert began == sorted((row["release_id"], row["warehouse"], row["first_date"]) for row in planted)
    assert len(began) >= 2
    covered = answer(published, "select count(*), count(days_of_cover), count(stock_out_risk) from mart_stock_cover")
    assert min(covered[0]) > 50
