select
    interaction_id,
    buyer_id,
    kind,
    occurred_at,
    release_id,
    outcome
from {{ source('silver', 'buyer_interactions') }}
