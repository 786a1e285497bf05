{{ config(meta={'dagster': {'ref': {'name': 'mart_forecast_product_day'}}}) }}

-- The days up to a horizon add up to the forecast's cumulative mean.
with forecasts as (
    select *
    from {{ source('gold', 'forecasts') }}
    where origin = (select max(newest.origin) from {{ source('gold', 'forecasts') }} as newest)
)

select
    forecasts.release_id,
    forecasts.horizon_days,
    forecasts.units_mean,
    sum(product_days.expected_units) as sum_of_days
from forecasts
left join {{ ref('mart_forecast_product_day') }} as product_days
    on
        forecasts.release_id = product_days.release_id
        and forecasts.origin = product_days.origin
        and forecasts.horizon_days >= product_days.day_ahead
group by forecasts.release_id, forecasts.horizon_days, forecasts.units_mean
having
    sum(product_days.expected_units) is null
    or abs(sum(product_days.expected_units) - forecasts.units_mean) > 1e-6 * greatest(1, abs(forecasts.units_mean))
