with snapshots as (
    select * from {{ ref('fct_inventory_snapshot') }}
),

newest as (
    select max(stock_date) as as_of_date from snapshots
),

-- The last close of each warehouse holds until the next one.
closes as (
    select * from snapshots
    qualify row_number() over (partition by release_id, warehouse order by stock_date desc) = 1
),

stock as (
    select
        release_id,
        count(*) as warehouse_count,
        count(*) filter (where is_out_of_stock) as warehouses_out_of_stock,
        sum(on_hand) as on_hand,
        sum(reserved) as reserved,
        sum(available) as available,
        sum(incoming) as incoming
    from closes
    group by release_id
),

sales as (
    select
        sales_days.release_id,
        sum(sales_days.gross_units) / 28.0 as units_per_day
    from {{ ref('fct_sales_day') }} as sales_days
    inner join newest
        on sales_days.sales_date > newest.as_of_date - 28 and sales_days.sales_date <= newest.as_of_date
    group by sales_days.release_id
),

-- No forecast that knows of days after the snapshot: its sales have left the shelves that are counted here.
forecasts as (
    select forecasts.*
    from {{ source('gold', 'forecasts') }} as forecasts
    inner join newest
        on forecasts.origin <= newest.as_of_date
    where forecasts.horizon_days = 30
    qualify forecasts.origin = max(forecasts.origin) over ()
)

select
    stock.release_id,
    newest.as_of_date,
    cast(stock.warehouse_count as integer) as warehouse_count,
    cast(stock.warehouses_out_of_stock as integer) as warehouses_out_of_stock,
    cast(stock.on_hand as bigint) as on_hand,
    cast(stock.reserved as bigint) as reserved,
    cast(stock.available as bigint) as available,
    cast(stock.incoming as bigint) as incoming,
    cast(coalesce(sales.units_per_day, 0) as double) as units_per_day,
    forecasts.origin as forecast_origin,
    forecasts.units_mean as expected_units_30d,
    forecasts.units_p90 as units_p90_30d,
    greatest(stock.available, 0)
    / nullif(coalesce(forecasts.units_mean / 30, sales.units_per_day, 0), 0) as days_of_cover,
    case
        when forecasts.units_p50 is null then null
        when stock.available < forecasts.units_p50 then 'High'
        when stock.available < forecasts.units_p90 then 'Medium'
        else 'Low'
    end as stock_out_risk
from stock
cross join newest
left join sales
    on stock.release_id = sales.release_id
left join forecasts
    on stock.release_id = forecasts.release_id
