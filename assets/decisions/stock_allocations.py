"""Which buyers get the stock of releases that does not reach for all of them.

One row per scarce release and buyer who wants it. Scarce means that the median of the plan of 30 days is above what is
available today; what is on order is not counted. The units of a release never exceed what is available and earn the
most that they can: margin at the buyer's own price, times the probability that the buyer orders. Traps: demand is
shared over buyers by what they bought in 90 days; buyers who never had the release are not served.
"""

from assets.decisions.growth_actions import BUYERS_SQL
from assets.derived import Input, derived_table
from lake.contract import Column, Contract

STOCK_ALLOCATIONS = Contract(
    name="stock_allocations",
    layer="gold",
    grain="one row per scarce release and buyer who wants it",
    key=("release_id", "buyer_id"),
    columns=(
        Column("release_id", "string", "the release"),
        Column("buyer_id", "string", "the buyer"),
        Column("origin", "date", "last day whose sales the forecast knew"),
        Column("available", "int64", "units on hand less reserved", unit="units", minimum=0),
        Column("demand", "float64", "what all buyers want within 30 days", unit="units", minimum=0),
        Column("wanted", "int64", "the buyer's share of it", unit="units", minimum=0),
        Column("least", "int64", "the smallest delivery that the buyer takes", unit="units", minimum=1),
        Column("unit_margin", "float64", "margin of a unit at the buyer's own price", unit="currency"),
        Column("probability", "float64", "that the buyer orders within 30 days", minimum=0, maximum=1),
        Column("units", "int64", "units for the buyer; 0: others earn more", unit="units", minimum=0),
        Column("margin", "float64", "units times their margin", unit="currency"),
        Column("reason", "string", "the figures behind it, in one sentence"),
        Column("rule_version", "int32", "version of the rules"),
    ),
)

RELEASES_SQL = """
select release_id, origin, available::bigint as available, plan_units::double as demand, unit_cost::double as unit_cost
from gold.mart_plan where horizon_days = 30 qualify origin = max(origin) over () order by release_id
"""
LINES_SQL = """
select release_id, buyer_id, sum(quantity)::double as units, min(quantity)::bigint as least,
  (sum(house_revenue) / sum(quantity))::double as price
from gold.fct_order_line
where is_product and not is_return and order_type = 'sale' and buyer_id is not null and release_id is not null
  and quantity > 0 and house_revenue is not null
  and order_date > (select max(sales_date) from gold.fct_sales_day) - 90
group by all order by all
"""

stock_allocations = derived_table(
    STOCK_ALLOCATIONS,
    inputs={
        "releases": Input.sql(RELEASES_SQL),
        "lines": Input.sql(LINES_SQL),
        "buyers": Input.sql(BUYERS_SQL),
    },
    compute="ml.decisions.scarce:stock_allocations",
    group="decisions",
    description=__doc__,
)
