select
    releases.release_id,
    releases.title,
    releases.artist_id,
    artists.name as artist_name,
    releases.genre,
    releases.format,
    releases.release_date,
    releases.list_price,
    releases.currency,
    releases.is_published
from {{ ref('stg_releases') }} as releases
left join {{ ref('stg_artists') }} as artists
    on releases.artist_id = artists.artist_id
