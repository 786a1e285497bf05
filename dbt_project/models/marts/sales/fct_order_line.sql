{{ config(partition_by='order_month') }}

with order_lines as (
    select *
    from {{ ref('stg_order_lines') }}
    where {{ requested_months('order_month') }}
)

select
    order_lines.order_id,
    order_lines.line_number,
    order_lines.ordered_at,
    cast(order_lines.ordered_at as date) as order_date,
    orders.buyer_id,
    orders.country,
    order_lines.release_id,
    order_lines.quantity,
    order_lines.unit_price,
    cast(order_lines.quantity * order_lines.unit_price as decimal(18, 4)) as net_revenue,
    order_lines.currency,
    order_lines.is_return,
    order_lines.is_product,
    order_lines.order_type,
    order_lines.order_month
from order_lines
left join {{ ref('stg_orders') }} as orders
    on order_lines.order_id = orders.order_id
