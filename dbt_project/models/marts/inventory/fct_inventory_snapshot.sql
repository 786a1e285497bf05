{{ config(partition_by='stock_month') }}

select
    release_id,
    warehouse,
    stock_date,
    on_hand - received + shipped - returned as opening,
    received,
    shipped,
    returned,
    on_hand,
    reserved,
    on_hand - reserved as available,
    incoming,
    on_hand = 0 as is_out_of_stock,
    stock_month
from {{ ref('stg_inventory') }}
where {{ requested_months('stock_month') }}
