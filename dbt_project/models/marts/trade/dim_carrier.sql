select
    carrier_id,
    name,
    service,
    country
from {{ ref('stg_carriers') }}
