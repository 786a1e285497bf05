select
    buyer_id,
    company_name,
    kind,
    country,
    region,
    created_at
from {{ ref('stg_buyers') }}
