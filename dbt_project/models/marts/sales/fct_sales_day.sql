{{ config(partition_by='order_month') }}

select
    release_id,
    order_date as sales_date,
    cast(coalesce(sum(quantity) filter (where is_gross), 0) as bigint) as gross_units,
    cast(sum(quantity) as bigint) as net_units,
    cast(coalesce(sum(net_revenue) filter (where is_gross), 0) as decimal(18, 4)) as gross_revenue,
    cast(sum(net_revenue) as decimal(18, 4)) as net_revenue,
    count(distinct order_id) filter (where is_gross) as gross_orders,
    min(currency) as currency,
    order_month
from {{ ref('int_product_line') }}
where {{ requested_months('order_month') }}
group by release_id, order_date, order_month
