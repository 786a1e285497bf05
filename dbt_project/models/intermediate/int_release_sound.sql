{{ config(materialized='view', schema='staging') }}

with heard as (
    select
        tracks.release_id,
        analyses.track_id,
        analyses.bpm,
        analyses.musical_key,
        analyses.integrated_lufs,
        analyses.embedding
    from {{ ref('stg_tracks') }} as tracks
    inner join {{ ref('stg_audio_analyses') }} as analyses
        on tracks.track_id = analyses.track_id
    where tracks.release_id is not null
),

facts as (
    select
        release_id,
        cast(count(*) as integer) as heard_tracks,
        median(bpm) as bpm,
        median(integrated_lufs) as loudness_lufs
    from heard
    group by release_id
),

keys as (
    select
        release_id,
        musical_key,
        row_number() over (partition by release_id order by count(*) desc, musical_key asc) as place
    from heard
    where musical_key is not null
    group by release_id, musical_key
),

numbers as (
    select
        release_id,
        unnest(embedding) as number,
        unnest(range(len(embedding))) as place
    from heard
),

means as (
    select
        release_id,
        place,
        avg(number) as number
    from numbers
    group by release_id, place
),

measured as (
    select
        release_id,
        place,
        number,
        sqrt(sum(number * number) over (partition by release_id)) as length
    from means
),

directions as (
    select
        release_id,
        list(number / length order by place) as embedding
    from measured
    where length > 0
    group by release_id
)

select
    facts.release_id,
    facts.heard_tracks,
    facts.bpm,
    keys.musical_key,
    facts.loudness_lufs,
    directions.embedding
from facts
left join directions
    on facts.release_id = directions.release_id
left join keys
    on facts.release_id = keys.release_id and keys.place = 1
