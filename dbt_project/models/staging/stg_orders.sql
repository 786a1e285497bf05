select
    order_id,
    buyer_id,
    ordered_at,
    order_type,
    status,
    currency,
    country,
    channel,
    order_month
from {{ source('silver', 'orders') }}
