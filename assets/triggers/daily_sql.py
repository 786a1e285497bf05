"""What triggers and alert facts look at: one row per release, metric and day.

The last day is that of the newest sale or signal. Days without booked sales have none of their metrics.

`units`, `revenue` and `returns` come from order lines, `plays`, `mentions` (counts and single posts) and `chart_rank`
from signals, the others from prices, stock, competitor prices, reviews and `market_sql`. A source that is not there has
no rows.
"""

from assets.triggers.market_sql import MARKET_METRICS_SQL

HISTORY_DAYS = 180
SIGNALS_AHEAD = 14  # days: signals of today count although the sales of today are not booked yet

DAILY_SQL = f"""
with sales as (select max(sales_date) as day from gold.fct_sales_day),
heard as (
  select max(signal_date) as day from gold.fct_signal_day
  where entity_type = 'release'
    and kind in ('plays', 'mentions', 'mention', 'chart_position', 'competitor_price', 'review')
),
last as (
  select least(greatest(s.day, h.day), s.day + {SIGNALS_AHEAD}) as day from sales s, heard h where s.day is not null
),
window_ as (select day, day - {HISTORY_DAYS} as first from last),
first_seen as (
  select release_id, source, min(observed_at)::date as day from silver.competitor_prices
  where availability is distinct from 'out_of_stock' group by all
),
{MARKET_METRICS_SQL.strip()},
metrics as (
  select release_id as unique_id, unnest(['units', 'orders', 'revenue']) as metric, sales_date as ds,
    unnest([gross_units, gross_orders, gross_revenue])::double as y
  from gold.fct_sales_day
  union all
  select release_id, 'returns', order_date, -sum(quantity)::double from gold.fct_order_line
  where is_product and is_return and order_type = 'sale' group by all
  union all
  select entity_id,
    case kind when 'chart_position' then 'chart_rank' when 'mention' then 'mentions' else kind end as metric,
    signal_date,
    if(any_value(kind) = 'chart_position', min(value_min), sum(value_sum))::double
  from gold.fct_signal_day
  where entity_type = 'release' and kind in ('plays', 'mentions', 'mention', 'chart_position')
  group by entity_id, metric, signal_date
  union all
  select release_id, 'price', greatest(valid_from, w.first), arg_max(price, valid_from)::double
  from silver.prices, window_ w where valid_from <= w.day
    and country = (select min(country) from silver.prices p where p.release_id = prices.release_id) group by all
  union all
  select release_id, unnest(['available', 'incoming']), stock_date, unnest([sum(available), sum(incoming)])::double
  from gold.fct_inventory_snapshot group by release_id, stock_date
  union all
  select release_id, unnest(['competitor_price', 'competitors']), observed_at::date,
    unnest([min(price)::double, count(distinct source)::double])
  from silver.competitor_prices where availability is distinct from 'out_of_stock'
  group by release_id, observed_at::date
  union all
  select release_id, 'competitors_new', day, count(*)::double from first_seen group by all
  union all
  select entity_id, unnest(['rating_sum', 'rating_square', 'rating_count', 'bad_reviews']), reviewed_at::date,
    unnest([sum(5 * rating_share), sum(power(5 * rating_share, 2)), count(*), count(*) filter (rating_share <= 0.4)])
  from silver.reviews where entity_type = 'release' group by entity_id, reviewed_at::date
  union all
  select * from market
)
select m.* from metrics m, window_ w where m.ds between w.first and w.day order by all
"""

MONEY_SQL = """
with sold as (
  select release_id, sum(gross_revenue) / nullif(sum(gross_units), 0) as unit_price from gold.fct_sales_day
  where sales_date > (select max(sales_date) from gold.fct_sales_day) - 90 group by all
),
planned as (
  select release_id, unit_cost from gold.mart_plan
  where horizon_days = 30 qualify origin = max(origin) over ()
)
select release_id, unit_price::double as unit_price,
  greatest(unit_price - coalesce(unit_cost, 0.6 * unit_price), 0)::double as unit_margin
from sold left join planned using (release_id) order by release_id
"""
