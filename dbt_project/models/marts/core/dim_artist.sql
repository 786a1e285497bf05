select
    artist_id,
    name,
    genre,
    country
from {{ ref('stg_artists') }}
