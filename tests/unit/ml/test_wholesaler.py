"""The real wholesaler: what the forecast is for, on the origins it may be tuned on."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from ml.forecasting.backtest import backtest
from ml.forecasting.comparison import scores_of_all
from ml.forecasting.rivals import RIVALS

pytestmark = pytest.mark.heavy

# Gross units of product lines; an order mirrored by a cancellation of the same buyer within 24 hours is no sale.
DAILY = """
with lines as (
    select * from read_parquet($first)
    union all select * from read_parquet($second) where Invoice not in (select Invoice from read_parquet($first))
), per_code as (
    select Invoice, StockCode, any_value("Customer ID") as buyer, min(InvoiceDate) as moment, sum(Quantity) as units
    from lines group by 1, 2
), orders as (
    select Invoice, any_value(buyer) as buyer, min(moment) as moment, sum(units) as units,
           list_sort(list(StockCode || ':' || abs(units))) as content
    from per_code group by 1
), taken_back as (
    select a.Invoice from orders a join orders b using (content)
    where b.Invoice like 'C%' and a.Invoice not like 'C%' and a.units = -b.units
      and a.buyer is not distinct from b.buyer and b.moment between a.moment and a.moment + interval 24 hour
)
select StockCode as unique_id, cast(InvoiceDate as date) as ds, sum(Quantity)::double as y,
       round(sum(Quantity * Price), 4)::double as revenue
from lines
where regexp_matches(StockCode, '^\\d{5}') and Quantity > 0 and Invoice not similar to '[CA].*'
  and Invoice not in (select Invoice from taken_back)
group by 1, 2
"""


@pytest.fixture(scope="module")
def scores(lacquer_data: Path) -> pl.DataFrame:
    folder = lacquer_data / "online_retail_ii"
    files = {
        "first": str(folder / "orders_2009_12_to_2010_12.parquet"),
        "second": str(folder / "orders_2010_12_to_2011_09.parquet"),
    }
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        sales = pl.DataFrame(connection.sql(DAILY, params=files).to_arrow_table())
    scored = scores_of_all(backtest(sales))
    return scored.filter((pl.col("population") == "active") & (pl.col("target") == "units"))


def test_lightgbm_beats_the_mean_of_28_days_at_every_horizon(scores: pl.DataFrame) -> None:
    loss = scores.filter(pl.col("origin").is_not_null()).group_by("horizon", "model").agg(pl.col("pinball").mean())
    wide = loss.pivot(index="horizon", on="model", values="pinball").sort("horizon")
    assert wide["horizon"].to_list() == [30, 60, 90]
    assert (wide["lightgbm"] < wide["mean_28"]).all()
    assert (wide["lightgbm"] < wide["naive"]).all()


def test_what_serves_is_better_than_each_simple_rule_where_it_was_not_chosen(scores: pl.DataFrame) -> None:
    pooled = scores.filter(pl.col("origin").is_null())
    rules = pooled.filter(pl.col("model").is_in(list(RIVALS)))
    assert rules.height == 3 * len(RIVALS)
    assert (rules["pinball_ratio_limit"] < 1).all()
    assert (rules["wape_ratio_limit"] < 1).all()
    rmsse = pooled.pivot(index="horizon", on="model", values="rmsse")
    assert (rmsse["served"] < rmsse["naive"]).all()


@pytest.mark.parametrize("model", ["lightgbm", "served"])
def test_p90_covers_what_it_says(scores: pl.DataFrame, model: str) -> None:
    coverage = scores.filter((pl.col("model") == model) & pl.col("origin").is_not_null())
    assert coverage["origin"].n_unique() == 9
    assert coverage["coverage_p90"].is_between(0.82, 0.97).all()
    mean = coverage.group_by("horizon").agg(pl.col("coverage_p90").mean())
    assert mean["coverage_p90"].is_between(0.87, 0.93).all()
