{{ config(materialized='view') }}

select
    order_lines.order_id,
    order_lines.line_number,
    order_lines.order_date,
    order_lines.buyer_id,
    order_lines.country,
    order_lines.release_id,
    order_lines.quantity,
    order_lines.net_revenue,
    order_lines.currency,
    order_lines.house_revenue,
    order_lines.house_currency,
    order_lines.quantity > 0 and cancelled.order_id is null as is_gross,
    order_lines.order_month
from {{ ref('fct_order_line') }} as order_lines
left join {{ ref('int_cancelled_order') }} as cancelled
    on
        order_lines.order_id = cancelled.order_id
        and order_lines.order_month = cancelled.order_month
where order_lines.is_product
