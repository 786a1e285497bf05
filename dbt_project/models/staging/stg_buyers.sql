select
    buyer_id,
    company_name,
    kind,
    country,
    region,
    created_at
from {{ source('silver', 'buyers') }}
