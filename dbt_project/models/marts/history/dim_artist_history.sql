select
    {{ version_key('artist_id') }} as artist_version_key,
    artist_id,
    name,
    genre,
    country,
    valid_from,
    valid_to,
    is_current
from {{ source('silver', 'artists_history') }}
