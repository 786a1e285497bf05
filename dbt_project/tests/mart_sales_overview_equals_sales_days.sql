{{ config(meta={'dagster': {'ref': {'name': 'mart_sales_overview'}}}) }}

-- In the house currency, countries add up to the releases' days, month by month.
with overview as (
    select
        order_month,
        sum(gross_units) as gross_units,
        case when count(*) = count(house_net_revenue) then sum(house_net_revenue) end as net_revenue
    from {{ ref('mart_sales_overview') }}
    group by order_month
),

sales_days as (
    select
        order_month,
        sum(gross_units) as gross_units,
        case when count(*) = count(net_revenue) then sum(net_revenue) end as net_revenue
    from {{ ref('fct_sales_day') }}
    group by order_month
)

select
    coalesce(overview.order_month, sales_days.order_month) as order_month,
    overview.gross_units as overview_units,
    sales_days.gross_units as day_units,
    overview.net_revenue as overview_revenue,
    sales_days.net_revenue as day_revenue
from overview
full outer join sales_days
    on overview.order_month = sales_days.order_month
where
    overview.gross_units is distinct from sales_days.gross_units
    or overview.net_revenue is distinct from sales_days.net_revenue
