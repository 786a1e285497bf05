select
    artist_id,
    name,
    genre,
    country
from {{ source('silver', 'artists') }}
