"""By how many per cent the units of a release change when its price rises by one per cent.

One row per release that has sold, by the registered version that serves; it is fitted weekly, and a release that has
come since has its genre's mean. Estimated from whole weeks with one list price, from eight weeks after the first sale
on, shrunk to the genre; trend, age, season, stock-outs and competitors are controlled. Traps: a release whose price
never moved has its genre's elasticity and a wide interval (`own_share` near 0); null where no price of the genre ever
moved; prices that were set because demand was expected to change bias it.
"""

from assets.derived import Input, derived_table
from assets.predictions import PREDICTION_ID_COLUMN
from lake.contract import Column, Contract

PRICE_ELASTICITIES = Contract(
    name="price_elasticities",
    layer="gold",
    grain="one row per release that has sold",
    key=("release_id",),
    columns=(
        Column("release_id", "string", "the release; refers to dim_release"),
        Column("genre", "string", "genre that it shrinks to; null: unknown", nullable=True),
        Column("elasticity", "float64", "per cent of units for one per cent of price", nullable=True),
        Column("low", "float64", "lower end of the 90% interval", nullable=True),
        Column("high", "float64", "upper end of the 90% interval", nullable=True),
        Column("weeks", "int64", "weeks that it is estimated from", unit="weeks", minimum=0),
        Column(
            "own_share",
            "float64",
            "how much its own sales say: 1 all, 0 nothing",
            minimum=0,
            maximum=1,
            nullable=True,
        ),
        Column("as_of", "date", "last day whose sales were known to the fit"),
        Column("model_version", "string", "registered version that says so; null: the simple rule, -1", nullable=True),
        PREDICTION_ID_COLUMN,
    ),
    references={"release_id": "releases"},
)

# The list price in the house currency holds from a day until the next statement; without a list, what was paid.
WEEKS_SQL = """
with listed as (
  select release_id, valid_from, min(price) as price
  from silver.prices where currency = (select mode(currency) from gold.fct_sales_day) group by all
),
known as (select max(sales_date) as as_of from gold.fct_sales_day),
begun as (select release_id, min(sales_date) as first_day from gold.fct_sales_day where gross_units > 0 group by all),
weeks as (
  select release_id, first_day, as_of,
    cast(unnest(generate_series(date_trunc('week', first_day) + interval 56 day, as_of - 6, interval 7 day)) as date)
      as ds
  from begun, known
),
sold as (
  select release_id, cast(date_trunc('week', sales_date) as date) as ds, sum(gross_units) as units,
    cast(sum(gross_revenue) as double) / nullif(sum(gross_units), 0) as paid
  from gold.fct_sales_day group by all
),
empty as (
  select distinct release_id, ds from (
    select release_id, stock_date, cast(date_trunc('week', stock_date) as date) as ds, sum(on_hand) as on_hand
    from gold.fct_inventory_snapshot group by all
  ) where on_hand <= 0
),
offered as (
  select release_id, cast(date_trunc('week', observed_at) as date) as ds, cast(min(price) as double) as price
  from silver.competitor_prices
  where coalesce(statistic, 'lowest') = 'lowest' and availability is distinct from 'out_of_stock'
    and currency = (select mode(currency) from gold.fct_sales_day)
  group by all
),
priced as (
  select w.*, f.price as price_first, l.price as price_last
  from weeks w
  asof left join listed f on w.release_id = f.release_id and w.ds >= f.valid_from
  asof left join listed l on w.release_id = l.release_id and w.ds + 6 >= l.valid_from
)
select p.release_id as product_id, p.ds, p.as_of, r.genre as category,
  cast(coalesce(p.price_first, s.paid) as double) as price, cast(coalesce(s.units, 0) as double) as units,
  e.ds is null as in_stock, o.price as competitor_price, cast(p.ds - p.first_day as double) as age_days
from priced p
left join gold.dim_release r using (release_id)
left join sold s on s.release_id = p.release_id and s.ds = p.ds
left join empty e on e.release_id = p.release_id and e.ds = p.ds
left join offered o on o.release_id = p.release_id and o.ds = p.ds
where p.price_first is not distinct from p.price_last and (p.price_first is not null or s.units > 0)
order by p.release_id, p.ds
"""

price_elasticities = derived_table(
    PRICE_ELASTICITIES,
    inputs={"weeks": Input.sql(WEEKS_SQL), "model": Input.model("price_elasticities")},
    compute="ml.pricing.governed:elasticity_rows",
    group="pricing",
    description=__doc__,
)
