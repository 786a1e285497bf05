{{ config(partition_by='signal_month') }}

select
    entity_type,
    entity_id,
    kind,
    source,
    coalesce(region, 'Unspecified') as region,
    coalesce(unit, 'Unspecified') as unit,
    cast(occurred_at as date) as signal_date,
    count(*) as events,
    sum(value) as value_sum,
    min(value) as value_min,
    max(value) as value_max,
    arg_max(value, (occurred_at, event_id)) as value_last,
    max(coalesce(known_at, occurred_at)) as known_at,
    signal_month
from {{ ref('stg_signals') }}
where {{ requested_months('signal_month') }}
group by all
