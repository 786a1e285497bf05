select
    release_id,
    title,
    artist_id,
    genre,
    format,
    release_date,
    list_price,
    currency,
    is_published
from {{ source('silver', 'releases') }}
