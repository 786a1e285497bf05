select
    {{ version_key('buyer_id') }} as buyer_version_key,
    buyer_id,
    company_name,
    kind,
    country,
    region,
    created_at,
    valid_from,
    valid_to,
    is_current
from {{ source('silver', 'buyers_history') }}
