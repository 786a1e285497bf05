{{ config(meta={'dagster': {'ref': {'name': 'fct_sales_day'}}}) }}

-- Days add up to the product lines; gross is what was sold less the orders cancelled in full. Of a month in which a
-- line has no rate, units are compared only.
with order_lines as (
    select
        order_month,
        sum(quantity) as net_units,
        case when count(*) = count(house_revenue) then sum(house_revenue) end as net_revenue,
        coalesce(sum(quantity) filter (where quantity > 0), 0) as sold_units
    from {{ ref('fct_order_line') }}
    where is_product
    group by order_month
),

cancelled as (
    select
        cancelled_orders.order_month,
        sum(order_lines.quantity) as units
    from {{ ref('int_cancelled_order') }} as cancelled_orders
    inner join {{ ref('fct_order_line') }} as order_lines
        on
            cancelled_orders.order_id = order_lines.order_id
            and cancelled_orders.order_month = order_lines.order_month
    where order_lines.is_product and order_lines.quantity > 0
    group by cancelled_orders.order_month
),

sales_days as (
    select
        order_month,
        sum(net_units) as net_units,
        case when count(*) = count(net_revenue) then sum(net_revenue) end as net_revenue,
        sum(gross_units) as gross_units
    from {{ ref('fct_sales_day') }}
    group by order_month
)

select
    coalesce(order_lines.order_month, sales_days.order_month) as order_month,
    order_lines.net_units as line_units,
    sales_days.net_units as day_units,
    order_lines.net_revenue as line_revenue,
    sales_days.net_revenue as day_revenue,
    order_lines.sold_units - coalesce(cancelled.units, 0) as line_gross_units,
    sales_days.gross_units as day_gross_units
from order_lines
full outer join sales_days
    on order_lines.order_month = sales_days.order_month
left join cancelled
    on order_lines.order_month = cancelled.order_month
where
    order_lines.net_units is distinct from sales_days.net_units
    or order_lines.net_revenue is distinct from sales_days.net_revenue
    or order_lines.sold_units - coalesce(cancelled.units, 0) is distinct from sales_days.gross_units
