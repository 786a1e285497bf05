with shipments as (
    select
        *,
        {{ business_date('shipped_at') }} as shipped_date,
        {{ business_date('delivered_at') }} as delivered_date
    from {{ ref('stg_shipments') }}
)

select
    shipment_id,
    order_id,
    carrier_id,
    shipped_at,
    shipped_date,
    promised_on,
    delivered_at,
    cast(date_diff('day', shipped_date, delivered_date) as integer) as days_in_transit,
    cast(date_diff('day', promised_on, delivered_date) as integer) as days_late,
    parcels,
    cost,
    currency
from shipments
