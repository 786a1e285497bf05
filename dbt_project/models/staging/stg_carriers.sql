select
    carrier_id,
    name,
    service,
    country
from {{ source('silver', 'carriers') }}
