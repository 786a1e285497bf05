with forecasts as (
    select
        release_id,
        origin,
        coalesce(starts_on, origin + 1) as starts_on,
        horizon_days,
        model,
        revenue_model,
        model_version,
        units_mean,
        revenue_mean
    from {{ source('gold', 'forecasts') }}
    where origin = (select max(newest.origin) from {{ source('gold', 'forecasts') }} as newest)
),

-- A horizon's own days begin where the shorter horizon ends, and sell what its cumulative mean adds.
blocks as (
    select
        *,
        coalesce(lag(horizon_days) over shorter_first, 0) + 1 as first_day,
        units_mean - coalesce(lag(units_mean) over shorter_first, 0) as block_units,
        revenue_mean - coalesce(lag(revenue_mean) over shorter_first, 0) as block_revenue
    from forecasts
    window shorter_first as (partition by release_id order by horizon_days)
),

latest as (
    select max(origin) as origin from forecasts
),

-- Sales days are in the house currency, which a test of fct_order_line sees to.
money as (
    select min(currency) as currency from {{ ref('fct_sales_day') }}
),

weekday_units as (
    select
        extract(isodow from sales.sales_date) as iso_weekday,
        sum(sales.gross_units) as units
    from {{ ref('fct_sales_day') }} as sales
    inner join latest
        on sales.sales_date > latest.origin - 91 and sales.sales_date <= latest.origin
    group by extract(isodow from sales.sales_date)
),

numbered as (
    select
        *,
        cast(unnest(range(first_day, horizon_days + 1)) as integer) as day_ahead
    from blocks
),

days as (
    select
        *,
        starts_on + day_ahead - 1 as sales_date
    from numbered
),

weighted as (
    select
        days.*,
        coalesce(weekday_units.units, 0) as weight,
        sum(coalesce(weekday_units.units, 0)) over own_block as block_weight,
        count(*) over own_block as block_days
    from days
    left join weekday_units
        on extract(isodow from days.sales_date) = weekday_units.iso_weekday
    window own_block as (partition by days.release_id, days.horizon_days)
),

-- Without sales in the 91 days every day of a block is as likely as the other.
shares as (
    select
        *,
        case when block_weight > 0 then weight / block_weight else 1.0 / block_days end as share_of_block
    from weighted
)

select
    shares.release_id,
    shares.origin,
    shares.day_ahead,
    shares.sales_date,
    cast(shares.block_units * shares.share_of_block as double) as expected_units,
    cast(shares.block_revenue * shares.share_of_block as double) as expected_revenue,
    money.currency,
    shares.horizon_days,
    shares.model,
    shares.revenue_model,
    shares.model_version
from shares
cross join money
