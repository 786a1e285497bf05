"""The stems of each track that was taken apart.

One row per track and stem. Trap: without a separation model there are none, and the analysis is complete all the same.
"""

from lake.contract import Column, Contract

STEMS = Contract(
    name="stems",
    grain="one row per track and stem",
    key=("track_id", "stem"),
    columns=(
        Column("track_id", "string", "the track; refers to audio_analyses"),
        Column("stem", "string", "what it holds, as the model calls it: vocals, drums, bass, other"),
        Column("path", "string", "the FLAC file, below the lake"),
        Column("duration_s", "float64", "length, that of the decoded track", unit="s"),
        Column("sample_rate", "int32", "samples a second", unit="Hz"),
        Column("sha256", "string", "SHA-256 of the FLAC file"),
        Column("model", "string", "name of the separation model"),
        Column("model_checksum", "string", "SHA-256 of its weights"),
    ),
)
