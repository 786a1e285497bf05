{{ config(partition_by='order_month') }}

select
    order_month,
    coalesce(country, 'Unspecified') as country,
    currency,
    cast(coalesce(sum(quantity) filter (where is_gross), 0) as bigint) as gross_units,
    cast(sum(quantity) as bigint) as net_units,
    cast(coalesce(sum(net_revenue) filter (where is_gross), 0) as decimal(18, 4)) as gross_revenue,
    cast(sum(net_revenue) as decimal(18, 4)) as net_revenue,
    case
        when bool_and(house_revenue is not null or not is_gross)
            then cast(coalesce(sum(house_revenue) filter (where is_gross), 0) as decimal(18, 4))
    end as house_gross_revenue,
    case
        when bool_and(house_revenue is not null) then cast(sum(house_revenue) as decimal(18, 4))
    end as house_net_revenue,
    min(house_currency) as house_currency,
    count(distinct order_id) filter (where is_gross) as orders,
    count(distinct buyer_id) filter (where is_gross) as buyers,
    cast(sum(-quantity) filter (where quantity < 0) as double)
    / nullif(sum(quantity) filter (where quantity > 0), 0) as return_share
from {{ ref('int_product_line') }}
where {{ requested_months('order_month') }}
group by order_month, coalesce(country, 'Unspecified'), currency
