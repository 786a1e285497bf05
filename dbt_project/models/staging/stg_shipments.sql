select
    shipment_id,
    order_id,
    carrier_id,
    shipped_at,
    promised_on,
    delivered_at,
    parcels,
    cost,
    currency
from {{ source('silver', 'shipments') }}
