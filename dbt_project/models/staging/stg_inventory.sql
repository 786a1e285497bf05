select
    release_id,
    warehouse,
    stock_date,
    on_hand,
    reserved,
    incoming,
    received,
    shipped,
    returned,
    stock_month
from {{ source('silver', 'inventory') }}
