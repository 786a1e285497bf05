{{ config(partition_by='order_month') }}

-- A sum that lacks a line would pass for the whole: without a rate for each line there is none.
select
    release_id,
    order_date as sales_date,
    cast(coalesce(sum(quantity) filter (where is_gross), 0) as bigint) as gross_units,
    cast(sum(quantity) as bigint) as net_units,
    case
        when bool_and(house_revenue is not null or not is_gross)
            then cast(coalesce(sum(house_revenue) filter (where is_gross), 0) as decimal(18, 4))
    end as gross_revenue,
    case when bool_and(house_revenue is not null) then cast(sum(house_revenue) as decimal(18, 4)) end as net_revenue,
    count(distinct order_id) filter (where is_gross) as gross_orders,
    min(house_currency) as currency,
    order_month
from {{ ref('int_product_line') }}
where {{ requested_months('order_month') }}
group by release_id, order_date, order_month
