"""What the sums of forecasts and the seasons of categories read, in SQL."""

from assets.derived import Input
from assets.forecasts.inputs_sql import PRE_ORDERED, RELEASED_SQL, SPAN_SQL
from assets.forecasts.newcomers import LAUNCH_CATALOGUE_SQL

EVER = "date '0001-01-01'"
SHARE_DAYS = 364  # `ml.totals.groups` spreads by as many; a test holds them together
LAST_YEAR = f"(select max(origin) - {SHARE_DAYS} from gold.forecasts)"

# What the release forecast sums (gross units of product lines), by country. Revenue that is not known for want of a
# rate is valued at what the release has brought per unit so far.
# A pre-order counts on the day its release comes out, as it does there.
_SALES = f"""
with {RELEASED_SQL},
lines as (
  select l.*, case when {PRE_ORDERED.format(day="l.order_date")} then out_day else l.order_date end as ds
  from gold.fct_order_line l left join released r on l.release_id = r.release_id
  where l.order_month >= date_trunc('month', SINCE - interval 180 day)
), sold as (
  select l.release_id as unique_id, coalesce(l.country, 'unknown') as member, l.ds,
    cast(sum(l.quantity) as double) as y, cast(sum(l.house_revenue) as double) as revenue,
    bool_and(l.house_revenue is not null) as is_known
  from lines l
  left join gold.int_cancelled_order c on l.order_id = c.order_id and l.order_month = c.order_month
  where l.is_product and l.quantity > 0 and c.order_id is null
    and l.ds > SINCE and l.ds <= (select max(order_date) from gold.fct_order_line)
  group by all
)
select unique_id, member, ds, y, case when is_known then revenue else coalesce(
  y * sum(revenue) filter (is_known) over own / nullif(sum(y) filter (is_known) over own, 0), 0) end as revenue
from sold window own as (partition by unique_id order by ds) order by all
"""
_NEWEST = """
select release_id as unique_id, origin, coalesce(starts_on, origin + 1) as starts_on, horizon_days as horizon,
  unnest(['units', 'revenue']) as target, unnest([units_mean, revenue_mean]) as mean
from gold.forecasts where origin = (select max(origin) from gold.forecasts)
"""


def sales_by_region(since: str) -> Input:
    """Daily sales [unique_id, member, ds, y, revenue] after a day, an SQL expression such as :data:`LAST_YEAR`."""
    return Input.sql(_SALES.replace("SINCE", since))


CATALOGUE = Input.sql(LAUNCH_CATALOGUE_SQL)
SPAN = Input.sql(SPAN_SQL)
NEWEST = Input.sql(_NEWEST)
