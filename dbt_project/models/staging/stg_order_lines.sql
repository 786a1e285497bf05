select
    order_id,
    line_number,
    release_id,
    is_product,
    order_type,
    ordered_at,
    quantity,
    unit_price,
    currency,
    is_return,
    order_month
from {{ source('silver', 'order_lines') }}
