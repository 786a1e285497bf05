select
    track_id,
    bpm,
    musical_key,
    integrated_lufs,
    embedding
from {{ source('silver', 'audio_analyses') }}
