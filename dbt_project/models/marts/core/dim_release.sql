with tempi as (
    select
        release_id,
        median(bpm) as bpm
    from {{ ref('stg_tracks') }}
    where bpm is not null
    group by release_id
)

select
    releases.release_id,
    releases.title,
    releases.artist_id,
    artists.name as artist_name,
    releases.label_id,
    labels.name as label_name,
    releases.genre,
    releases.format,
    releases.release_date,
    coalesce(releases.release_year, cast(extract(year from releases.release_date) as integer)) as release_year,
    tempi.bpm,
    releases.list_price,
    releases.currency,
    releases.ean,
    releases.catalogue_number,
    releases.unit_cost,
    releases.supplier,
    releases.lead_days,
    releases.least_order,
    releases.royalty_percent,
    cast(releases.list_price - releases.unit_cost as decimal(12, 4)) as list_margin,
    cast(releases.release_date - releases.lead_days as date) as order_by,
    releases.marketing_budget_tier,
    releases.is_published
from {{ ref('stg_releases') }} as releases
left join {{ ref('stg_artists') }} as artists
    on releases.artist_id = artists.artist_id
left join {{ ref('stg_labels') }} as labels
    on releases.label_id = labels.label_id
left join tempi
    on releases.release_id = tempi.release_id
