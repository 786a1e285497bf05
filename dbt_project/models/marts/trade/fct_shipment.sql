select
    shipment_id,
    order_id,
    carrier_id,
    shipped_at,
    cast(shipped_at as date) as shipped_date,
    promised_on,
    delivered_at,
    cast(date_diff('day', cast(shipped_at as date), cast(delivered_at as date)) as integer) as days_in_transit,
    cast(date_diff('day', promised_on, cast(delivered_at as date)) as integer) as days_late,
    parcels,
    cost,
    currency
from {{ ref('stg_shipments') }}
