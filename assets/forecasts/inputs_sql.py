"""What the forecasts ask of the lake, in SQL: what sold, what is known of releases, and since when it was known."""

# The day on which a release came out: the first that was no earlier than the date stated by then, so that a date put
# off counts, and one corrected after the fact does not. What is ordered in the half year before is a pre-order.
RELEASED_SQL = """
stated as (
  select release_id, cast(valid_to as date) as until,
    case when valid_from = min(valid_from) over (partition by release_id) then release_date
      else greatest(release_date, cast(valid_from as date)) end as day
  from silver.releases_history
), released as (
  select release_id, min(day) as out_day from stated where until is null or day < until group by all
)"""
PRE_ORDERED = "{day} < out_day and {day} >= out_day - 180"

# Revenue is summed as decimals: sums of doubles differ in their last bits from run to run, and forecasts with them.
#
# A day whose revenue is not known for want of a rate is valued at what the release, else everything, has so far
# brought per unit.
#
# A pre-order counts on the day its release comes out, when it is delivered; until then it is no sale.
SALES_SQL = f"""
with {RELEASED_SQL},
known as (
  select release_id, sales_date, cast(gross_units as double) as units, gross_revenue as revenue
  from gold.fct_sales_day where gross_units > 0
), by_day as (
  select sales_date, cast(sum(sum(revenue)) over past as double)
    / sum(sum(units) filter (revenue is not null)) over past as price
  from known group by sales_date window past as (order by sales_date)
), guessed as (
  select release_id, sales_date, units, revenue, units * coalesce(
    cast(sum(revenue) over own as double) / sum(units) filter (revenue is not null) over own, price) as likely_revenue
  from known join by_day using (sales_date)
  where release_id in (select release_id from known where revenue is null)
  window own as (partition by release_id order by sales_date)
), priced as (
  from known where revenue is not null
  union all
  select release_id, sales_date, units, cast(coalesce(likely_revenue, 0) as decimal(24, 6))
  from guessed where revenue is null
), counted as (
  select *, case when {PRE_ORDERED.format(day="sales_date")} then out_day else sales_date end as ds
  from priced left join released using (release_id)
)
select release_id as unique_id, ds, sum(units) as y, cast(sum(revenue) as double) as revenue
from counted where ds <= (select max(sales_date) from known) group by all order by all
"""
# Each buyer counts on the day of the first of his pre-orders of a release.
PRE_ORDERS_SQL = f"""
with {RELEASED_SQL},
ordered as (
  select l.release_id, l.order_date, cast(l.quantity as double) as units,
    l.order_date = min(l.order_date) over (partition by l.release_id, l.buyer_id) as is_new, l.buyer_id
  from gold.fct_order_line l
  join released r on l.release_id = r.release_id and {PRE_ORDERED.format(day="l.order_date")}
  left join gold.int_cancelled_order c on l.order_id = c.order_id and l.order_month = c.order_month
  where l.is_product and l.quantity > 0 and c.order_id is null
)
select release_id as unique_id, order_date as ds, sum(units) as units,
  cast(count(distinct buyer_id) filter (is_new) as double) as buyers
from ordered group by all order by all
"""
# A release as it was first stated, and since when: what was changed about it later, no earlier origin can have known.
CATALOGUE_SQL = """
select release_id as unique_id, release_date, genre, format, artist_id, label_id,
  cast(list_price as double) as list_price, cast(valid_from as date) as known_from
from silver.releases_history
qualify row_number() over (partition by release_id order by valid_from) = 1
order by release_id
"""

# A day on which a warehouse that has had the release closed with nothing: whoever buys there could not. A close holds
# until the next one is stated. After eight weeks it is no stock-out any more but a release that is not kept.
STOCK_OUTS_SQL = """
with closes as (
  select release_id, warehouse, stock_date, on_hand,
    coalesce(lead(stock_date) over own - 1, max(stock_date) over ()) as until_date,
    count(*) filter (on_hand > 0) over own as stretch
  from gold.fct_inventory_snapshot
  window own as (partition by release_id, warehouse order by stock_date)
), empty as (
  select release_id, stock_date as first_date,
    least(until_date, min(stock_date) over (partition by release_id, warehouse, stretch) + 55) as last_date
  from closes where on_hand = 0 and stretch > 0
)
select distinct release_id as unique_id,
  cast(unnest(generate_series(first_date, last_date, interval 1 day)) as date) as ds
from empty where first_date <= last_date order by all
"""
STOCK_SQL = "select count(*) > 0 as is_known from gold.fct_inventory_snapshot"
# Every word of the price list, with the days from which and until which it stood. What the list held when it was first
# read, or says without a moment of change, counts as known on its first day at the latest: nobody knows since when.
PRICES_SQL = """
with stated as (
  select *, cast(known_from as date) as known_on, cast(min(known_from) over () as date) as first_read
  from silver.prices_history where price > 0
)
select release_id as unique_id, country || ' ' || currency as market, valid_from as ds,
  case when known_from = timestamptz '1970-01-01 00:00:00Z' then valid_from
    when known_on = first_read then least(known_on, valid_from) else known_on end as known_on,
  cast(known_to as date) as until, ln(cast(price as double)) as log_price
from stated order by all
"""
# By the day on which it became known, which may be later than the day that it is about.
SIGNALS_SQL = """
select entity_id as unique_id, cast(known_at as date) as ds,
  case when kind in ('plays', 'streams') then 'plays' else kind end as kind, cast(sum(value_sum) as double) as value
from gold.fct_signal_day
where entity_type = 'release' and kind in ('plays', 'streams', 'mentions') group by all order by all
"""


SPAN_SQL = "select min(currency) as currency, min(sales_date) as first_day from gold.fct_sales_day"

# What was heard of a release on the first day on which any of it was: no earlier origin can have known what came later.
SOUND_SQL = """
with heard as (
  select t.release_id, cast(a.analysed_at as date) as ds, a.bpm, a.integrated_lufs,
    min(cast(a.analysed_at as date)) over (partition by t.release_id) as first_ds
  from silver.audio_analyses a join silver.tracks t using (track_id) where t.release_id is not null
)
select release_id as unique_id, ds, median(bpm) as bpm, median(integrated_lufs) as loudness
from heard where ds = first_ds group by all order by all
"""
