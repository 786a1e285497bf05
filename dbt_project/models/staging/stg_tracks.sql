select
    track_id,
    title,
    artist_id,
    release_id,
    bpm
from {{ source('silver', 'tracks') }}
