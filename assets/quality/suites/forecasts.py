"""Whether a planner can work with the newest forecasts."""

from lake.quality.suites import Suite, expect

FORECASTS = Suite(
    name="forecasts",
    table="gold/forecasts",
    question="Can a planner work with the newest forecasts?",
    query="""
with newest as (from gold.forecasts where origin = (select max(origin) from gold.forecasts)),
wide as (
  select release_id, max(origin) as origin,
    max(units_p50) filter (horizon_days = 30) as units_30, max(units_p50) filter (horizon_days = 60) as units_60,
    max(units_p50) filter (horizon_days = 90) as units_90, max(units_p90) filter (horizon_days = 90) as high_90,
    max(revenue_p50) filter (horizon_days = 90) as revenue_90
  from newest group by all
), sold as (
  select release_id, greatest(sum(quantity) filter (not is_return), 1) as units from gold.fct_order_line
  where is_product and order_date > (select max(origin) from newest) - 365 group by all
)
select wide.*, units_90 / sold.units as against_last_year, revenue_90 / nullif(units_90, 0) as revenue_per_unit
from wide left join sold using (release_id)
""",
    row=("release_id", "origin"),
    expectations=(
        expect(
            "column_pair_values_a_to_be_greater_than_b",
            "60 days sell at least what 30 of them sell",
            column_A="units_60",
            column_B="units_30",
            or_equal=True,
        ),
        expect(
            "column_pair_values_a_to_be_greater_than_b",
            "90 days sell at least what 60 of them sell",
            column_A="units_90",
            column_B="units_60",
            or_equal=True,
        ),
        expect(
            "column_pair_values_a_to_be_greater_than_b",
            "the cautious figure is not below the middle one",
            column_A="high_90",
            column_B="units_90",
            or_equal=True,
        ),
        expect(
            "column_values_to_be_between",
            "three months that sell five times what the last year sold are ordered by nobody",
            column="against_last_year",
            max_value=5,
            mostly=0.95,
        ),
        expect(
            "column_values_to_be_between",
            "revenue and units are forecast apart and must give a price that a record can have",
            column="revenue_per_unit",
            min_value=0.5,
            max_value=500,
            mostly=0.95,
        ),
    ),
)
