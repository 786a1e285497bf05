select
    event_id,
    kind,
    entity_type,
    entity_id,
    value,
    unit,
    region,
    occurred_at,
    known_at,
    source,
    signal_month
from {{ source('silver', 'signals') }}
