"""What the market says of releases and of the house: shares of chart points and of offers, ratings of competitors.

Points of a chart position are 201 less the rank, none below 200. A share is ours of all, over all charts of a day; an
offer is a seller of a release on a day, ours where we are not sold out. `market:chart` and `market:offers` are the sums
over all releases.
"""

MARKET_METRICS_SQL = """
chart_points as (
  select entity_id, signal_date as ds, sum(greatest(201 - rank, 0)) as points
  from (
    select entity_id, signal_date, source, region, min(value_min) as rank from gold.fct_signal_day
    where kind = 'chart_position' and entity_type = 'release' group by all
  ) group by all
),
chart_days as (select ds, sum(points) as all_points from chart_points group by ds having sum(points) > 0),
chart_shares as (
  select entity_id as unique_id, ds, points / all_points as y
  from chart_points join chart_days using (ds) where entity_id in (select release_id from silver.releases)
),
sellers as (
  select release_id, observed_at::date as ds, count(distinct source) as others
  from silver.competitor_prices where availability is distinct from 'out_of_stock' group by all
),
stock as (
  select release_id, stock_date as ds, sum(available) as available from gold.fct_inventory_snapshot group by all
),
offers as (
  select release_id, ds, others, if(coalesce(available, 1) > 0, 1, 0) as own
  from sellers left join stock using (release_id, ds)
),
market as (
  select unique_id, 'chart_share' as metric, ds, y from chart_shares
  union all
  select 'market:chart', 'chart_share', ds, coalesce(sum(y), 0) from chart_days left join chart_shares using (ds)
  group by ds
  union all
  select release_id, 'offer_share', ds, own / (own + others) from offers
  union all
  select 'market:offers', 'offer_share', ds, sum(own) / sum(own + others) from offers group by ds
  union all
  select entity_id, 'competitor_rating', signal_date, sum(value_sum) / sum(events) from gold.fct_signal_day
  where kind = 'competitor_rating' and entity_type = 'release' group by all
)"""

CATEGORIES_SQL = """
select coalesce(r.genre, r.format) as category, s.sales_date as ds, sum(s.gross_units)::double as units
from gold.fct_sales_day s join silver.releases r using (release_id)
where coalesce(r.genre, r.format) is not null
  and s.sales_date > (select max(sales_date) from gold.fct_sales_day) - 730
group by all order by all
"""

FORECASTS_SQL = """
select release_id, origin, units_p10, units_p50, units_p90 from gold.forecasts
where horizon_days = 30 and origin > (select max(sales_date) from gold.fct_sales_day) - 100 order by all
"""
