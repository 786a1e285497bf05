"""Whether the months of sales make a plausible sequence."""

from lake.quality.suites import Suite, expect

SALES_MONTHS = Suite(
    name="sales_months",
    table="gold/mart_sales_overview",
    question="Do the months of sales make a plausible sequence?",
    query="""
with months as (
  select order_month, sum(gross_units) as units, sum(net_units) as net_units,
    sum(house_gross_revenue)::double as revenue
  from gold.mart_sales_overview group by all
), compared as (
  select order_month, units, 1 - net_units / nullif(units, 0) as returned, revenue / nullif(units, 0) as mean_price,
    lag(order_month) over w as before, units / nullif(lag(units) over w, 0) as growth, lead(order_month) over w as after
  from months window w as (order by order_month)
)
select order_month, order_month as month, returned, growth, mean_price,
  date_diff('month', before, order_month) as months_since,
  mean_price / median(mean_price) over (order by order_month rows between 12 preceding and 1 preceding) as price_change
from compared where after is not null and before is not null
""",
    row=("month",),
    partition="order_month",
    expectations=(
        expect(
            "column_values_to_be_between",
            "a month without any sale is a month that was not delivered",
            column="months_since",
            max_value=1,
        ),
        expect(
            "column_values_to_be_between",
            "more than a quarter returned is a recall, or the sign of a column",
            column="returned",
            min_value=0,
            max_value=0.25,
        ),
        expect(
            "column_values_to_be_between",
            "sales triple or fall to a third within a month when a batch was doubled or lost",
            column="growth",
            min_value=0.33,
            max_value=3,
        ),
        expect(
            "column_values_to_be_between",
            "the mean price of a unit doubles when a currency or a unit of measure was mixed up",
            column="price_change",
            min_value=0.5,
            max_value=2,
        ),
    ),
)
