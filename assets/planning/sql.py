"""The queries behind `mart_plan`: what it reads of which table. No formula of planning stands here."""

from lake.journals.overrides import STANDING_SQL

ORIGIN = "(select max(origin) from gold.forecasts)"
PLAN_SQL = f"""
with newest as (from gold.forecasts where origin = {ORIGIN}),
ninety as (select release_id, units_p50 as p50_90, units_p90 as p90_90 from newest where horizon_days = 90),
sold as (
  select release_id, sum(gross_units) filter (sales_date > {ORIGIN} - 90) as sold_90,
    date_diff('day', min(sales_date) filter (gross_units > 0), {ORIGIN}) as age_days,
    cast(sum(gross_revenue) as double) / nullif(sum(gross_units) filter (gross_revenue is not null), 0) as usual_price
  from gold.fct_sales_day where sales_date <= {ORIGIN} group by all
),
standing as (from ({STANDING_SQL}) where origin = {ORIGIN})
select n.release_id, n.origin, n.horizon_days, n.model, n.units_mean, n.units_p10, n.units_p50, n.units_p90,
  o.units as override_units, o.made_by as override_by, o.why as override_why, o.until as override_until,
  s.as_of_date as stock_as_of, s.available, s.incoming,
  n.revenue_mean / nullif(n.units_mean, 0) as unit_price, d.usual_price,
  d.sold_90, d.age_days, y.p50_90, y.p90_90, r.release_date, r.lead_days,
  cast(case when r.currency = h.currency then r.unit_cost end as double) as stated_cost
from newest n
left join gold.dim_release r using (release_id)
cross join (select min(currency) as currency from gold.fct_sales_day) h
left join ninety y using (release_id)
left join sold d using (release_id)
left join standing o on o.release_id = n.release_id and o.horizon_days = n.horizon_days
left join gold.mart_stock_cover s on s.release_id = n.release_id
order by n.release_id, n.horizon_days
"""
# Of the newest origin and of the one explained before it.
EXPLAINED_SQL = f"""
select release_id, origin, horizon_days, reason, units from gold.forecast_explanations
where origin = {ORIGIN} or origin = (select max(origin) from gold.forecast_explanations where origin < {ORIGIN})
order by all
"""
# Errors of past forecasts whose windows had ended at the origin: those that were made, and, for times before, those of
# the backtest by the model that serves the release now.
ERRORS_SQL = f"""
with newest as (
  select release_id, horizon_days, split_part(model, ' (', 1) as model from gold.forecasts where origin = {ORIGIN}
),
live as (
  select f.release_id, f.horizon_days, f.origin, f.units_mean as mean, coalesce((
    select cast(sum(d.gross_units) as double) from gold.fct_sales_day d
    where d.release_id = f.release_id and d.gross_units > 0
      -- Of a release that was still to come, pre-orders count too.
      and (d.sales_date >= f.origin + 1 or f.starts_on > f.origin + 1)
      and d.sales_date < coalesce(f.starts_on, f.origin + 1) + f.horizon_days
  ), 0) as actual
  from gold.forecasts f where coalesce(f.starts_on, f.origin + 1) + f.horizon_days <= {ORIGIN} + 1
),
tried as (
  select b.release_id, b.horizon_days, b.origin, b.mean, b.demand as actual
  from gold.forecast_backtest b join newest n using (release_id, horizon_days, model)
  anti join live using (release_id, horizon_days, origin)
  where b.target = 'units' and b.demand is not null and b.origin + b.horizon_days <= {ORIGIN}
),
errors as (from live union by name from tried),
numbered as (select *, (max(origin) over (partition by horizon_days) - origin) // horizon_days as stretch from errors),
-- One window in each stretch of the horizon's length, counted back from the newest.
chosen as (
  from numbered qualify row_number() over (partition by release_id, horizon_days, stretch order by origin desc) = 1
)
select release_id, horizon_days, actual - mean as error,
  row_number() over (partition by release_id, horizon_days order by origin desc) as turn
from chosen order by horizon_days, release_id, turn
"""
