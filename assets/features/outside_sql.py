"""What the outside features ask of the lake: dated facts about releases, and about everything (`*`)."""

# A fact counts from the day on which it was known. A holiday has its own day: it is known long before.
FACTS_SQL = """
select release_id, cast(observed_at as date) as ds,
  case when availability = 'out_of_stock' then 'competitor_out' else 'competitor_price' end as kind, source,
  cast(price as double) as value
from silver.competitor_prices
where coalesce(statistic, 'lowest') = 'lowest'
  and (currency = (select mode(currency) from gold.fct_sales_day) or availability = 'out_of_stock')
union all
select entity_id, cast(reviewed_at as date), 'rating', '', cast(rating_share as double)
from silver.reviews where entity_type = 'release' and rating_share is not null
union all
select entity_id, cast(coalesce(known_at, occurred_at) as date), 'chart', source, value
from silver.signals where entity_type = 'release' and kind = 'chart_position'
union all
select '*', cast(coalesce(known_at, occurred_at) as date),
  case when kind = 'inflation' then 'inflation' else 'temperature' end, entity_id, value
from silver.signals where entity_type = 'region' and kind in ('temperature_mean', 'inflation')
union all
select '*', cast(occurred_at as date), 'holiday', entity_id, value
from silver.signals where entity_type = 'region' and kind = 'holiday'
order by all
"""
