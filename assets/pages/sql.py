"""The queries behind the forecast's page: what it shows of which published table."""

# A release so that no other can be meant: titles repeat.
_NAMED = "{0}.release_id, coalesce(r.title, {0}.release_id) as title, r.artist_name as artist, r.format"
HEAD_SQL = """
with newest as (from gold.mart_plan where origin = $origin)
select count(distinct release_id) as releases,
  count(distinct release_id) filter (horizon_days = 30 and chance_above_stock > 0.5) as at_risk,
  count(available) as with_stock, count(override_units) as overridden
from newest
"""
TOTALS_SQL = """
select horizon_days as horizon, sum(units_mean) as units from gold.mart_plan
where origin = $origin group by all order by all
"""
# Those that sell most, then those that moved most; or the ones that were asked for.
FANS_SQL = """
with thirty as (from gold.mart_plan where origin = $origin and horizon_days = 30),
chosen as (
  select release_id, row_number() over (order by plan_units desc, release_id) as by_size,
    row_number() over (order by abs(change_units) desc nulls last, release_id) as by_change
  from thirty where $asked::varchar[] is null or list_contains($asked::varchar[], release_id)
  qualify $asked::varchar[] is not null or by_size <= 8 or (by_change <= 4 and change_units is not null)
)
select t.release_id, coalesce(r.title, t.release_id) as title, r.artist_name as artist, r.format, t.life_stage as stage,
  t.available, coalesce(t.incoming, 0) as incoming, t.chance_above_stock as chance, t.override_units as override,
  t.override_by, t.override_why, t.override_until,
  (select list([p.horizon_days, p.units_p10, p.units_p50, p.units_p90] order by p.horizon_days) from gold.mart_plan p
    where p.origin = $origin and p.release_id = t.release_id) as ranges
from thirty t join chosen c using (release_id)
left join gold.dim_release r using (release_id)
order by c.by_size
"""
SOLD_SQL = """
select release_id, date_diff('day', sales_date, $origin) as days_ago, cast(gross_units as double) as units
from gold.fct_sales_day
where sales_date > $origin - 90 and sales_date <= $origin and gross_units > 0 and list_contains($ids, release_id)
"""
WHY_SQL = """
select release_id, rank, units, words from gold.forecast_explanations
where origin = $origin and horizon_days = 30 and list_contains($ids, release_id) order by release_id, rank
"""
CHANGES_SQL = f"""
select {_NAMED.format("p")}, p.previous_origin as before, p.previous_p50 as was, p.units_p50 as now,
  p.change_units as change, coalesce(p.change_why, '') as why
from gold.mart_plan p left join gold.dim_release r using (release_id)
where p.origin = $origin and p.horizon_days = 30 and abs(p.change_units) >= 0.5
order by abs(p.change_units) desc, p.release_id limit 10
"""
# What is wanted in vain: as good as the order to the P50, weighted by the chance.
ORDERS_SQL = f"""
select {_NAMED.format("p")}, p.available, coalesce(p.incoming, 0) as incoming,
  p.chance_above_stock as chance, p.service_level, p.service_order, p.margin_order, p.margin_share, p.is_cost_stated,
  p.order_by
from gold.mart_plan p left join gold.dim_release r using (release_id)
where p.origin = $origin and p.horizon_days = 30 and p.service_order > 0 and p.chance_above_stock > 0.25
order by p.chance_above_stock * greatest(p.plan_units - p.available - coalesce(p.incoming, 0), 0) desc, p.release_id
limit 10
"""
ACCURACY_SQL = """
with tried as (
  select b.*, split_part(b.segment, ',', 1) as volume, s.model is not null as serves
  from gold.forecast_backtest b
  left join gold.forecast_scores s on s.serves and s.origin = b.origin and s.target = b.target
    and s.horizon_days = b.horizon_days and s.model = b.model and s.population = b.segment
  where b.target = 'units' and b.is_active and b.demand is not null
),
each as (from tried union all by name select * replace ('serving' as model) from tried where serves),
parts as (select *, unnest(['all', volume]) as part from each),
scored as (
  select horizon_days as horizon, part, model, count(*) as n, 100 * sum(abs(demand - mean)) / sum(demand) as missed,
    100 * sum(mean - demand) / sum(demand) as bias
  from parts where part = 'all' or horizon_days = 30 group by all having sum(demand) > 0
)
from scored order by list_position(['all', 'high', 'middle', 'low'], part), horizon, missed
"""
# What is served at each past origin, by the choice that was made without it.
_SERVED = """
select b.* from gold.forecast_backtest b
semi join gold.forecast_scores s on s.serves and s.origin = b.origin and s.target = b.target
  and s.horizon_days = b.horizon_days and s.model = b.model and s.population = b.segment
where b.target = 'units' and b.horizon_days = 30 and b.is_active and b.demand is not null
"""
COVERAGE_SQL = f"select p10, p50, p90, demand as actual from ({_SERVED})"
COLD_SQL = """
select age_band, model, wape_p50, coverage_p90, n, serves from gold.cold_start_scores
where target = 'units' and horizon_days = 30 order by age_band, wape_p50 nulls last, model
"""
MISSES_SQL = f"""
with served as ({_SERVED}),
missed as (
  select release_id, origin, p50, p90, actual from served where origin = (select max(origin) from served)
  order by abs(actual - p50) desc, release_id limit 8
)
select m.*, {_NAMED.format("m").replace("m.release_id, ", "")},
  (select {{'day': d.sales_date, 'units': d.gross_units::double}} from gold.fct_sales_day d
    where d.release_id = m.release_id and d.sales_date > m.origin and d.sales_date <= m.origin + 30
    order by d.gross_units desc, d.sales_date limit 1) as largest,
  coalesce((select sum(d.gross_units) from gold.fct_sales_day d
    where d.release_id = m.release_id and d.sales_date > m.origin - 30 and d.sales_date <= m.origin
      and d.gross_units > 0), 0)::double as before,
  (select count(distinct d.sales_date) from gold.fct_sales_day d
    where d.release_id = m.release_id and d.sales_date > m.origin and d.sales_date <= m.origin + 30
      and d.gross_units > 0) as days
from missed m left join gold.dim_release r using (release_id) order by abs(m.actual - m.p50) desc
"""
BIASED_SQL = f"""
select {_NAMED.format("p")}, p.bias, printf('%.2f', abs(p.bias_signal)) as signal,
  p.bias_origins as origins, p.units_p50 as p50, count(*) over () as together
from gold.mart_plan p left join gold.dim_release r using (release_id)
where p.origin = $origin and p.horizon_days = 30 and p.bias is not null
order by p.units_p50 desc, p.release_id limit 8
"""
VALUE_SQL = """
select made_by as by, count(*) as n, count(*) filter (added_units > 0) as nearer, sum(added_units) as added
from gold.override_value group by all order by added desc
"""
MADE_SQL = "select max(made_at) as made_at from gold.forecasts where origin = $origin"
SIGNALS_SQL = """
select case when kind in ('plays', 'streams') then 'plays' else kind end as kind, max(signal_date) as until
from gold.fct_signal_day
where entity_type = 'release' and kind in ('plays', 'streams', 'mentions') and signal_date <= $origin group by all
"""
ALL_COLUMNS = (
    "title", "artist", "format", "label", "number", "released", "30 days P50", "P10", "P90", "60 days P50",
    "90 days P50", "in stock", "on its way", "chance it is too little", "to order", "margin", "order by",
)  # fmt: skip
ALL_NUMBERS = frozenset(ALL_COLUMNS[6:16])
ALL_SHARES = frozenset({"chance it is too little", "margin"})
ALL_SQL = """
with later as (
  select release_id, max(units_p50) filter (horizon_days = 60) as p50_60,
    max(units_p50) filter (horizon_days = 90) as p50_90
  from gold.mart_plan where origin = $origin group by all
)
select coalesce(r.title, p.release_id), r.artist_name, r.format, r.label_name, p.release_id, r.release_date::varchar,
  round(p.units_p50, 2), round(p.units_p10, 2), round(p.units_p90, 2), round(l.p50_60, 2), round(l.p50_90, 2),
  p.available, p.incoming, round(p.chance_above_stock, 4), p.service_order,
  round(p.margin_share, 4), p.order_by::varchar
from gold.mart_plan p join later l using (release_id) left join gold.dim_release r using (release_id)
where p.origin = $origin and p.horizon_days = 30 order by p.plan_units desc, p.release_id limit $most
"""
