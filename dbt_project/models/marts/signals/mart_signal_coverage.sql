-- What a signal is about, and the releases that it says something of.
with reaches as (
    select
        'release' as entity_type,
        release_id as entity_id,
        release_id
    from {{ ref('stg_releases') }}
    union all
    select
        'artist' as entity_type,
        artist_id as entity_id,
        release_id
    from {{ ref('stg_releases') }}
    where artist_id is not null
    union all
    select
        'label' as entity_type,
        label_id as entity_id,
        release_id
    from {{ ref('stg_releases') }}
    where label_id is not null
    union all
    select
        'track' as entity_type,
        track_id as entity_id,
        release_id
    from {{ ref('stg_tracks') }}
),

entities as (
    select
        kind,
        source,
        entity_type,
        entity_id,
        sum(events) as events,
        min(signal_date) as first_date,
        max(signal_date) as last_date
    from {{ ref('fct_signal_day') }}
    group by kind, source, entity_type, entity_id
),

met as (
    select
        entities.kind,
        entities.source,
        entities.entity_type,
        count(distinct entities.entity_id) as entities_in_catalogue,
        count(distinct reaches.release_id) as releases_met
    from entities
    inner join reaches
        on entities.entity_type = reaches.entity_type and entities.entity_id = reaches.entity_id
    group by entities.kind, entities.source, entities.entity_type
)

select
    entities.kind,
    entities.source,
    entities.entity_type,
    cast(sum(entities.events) as bigint) as events,
    count(*) as entities,
    coalesce(any_value(met.entities_in_catalogue), 0) as entities_in_catalogue,
    coalesce(any_value(met.releases_met), 0) as releases_met,
    min(entities.first_date) as first_date,
    max(entities.last_date) as last_date
from entities
left join met
    on
        entities.kind = met.kind
        and entities.source = met.source
        and entities.entity_type = met.entity_type
group by entities.kind, entities.source, entities.entity_type
