"""The beats of each track that was heard.

One row per track and beat, from the first to the last that is heard. Trap: a track without rows has no beat that could
be told (applause, speech, free singing); it still has its row in `audio_analyses`.
"""

from lake.contract import Column, Contract

BEATS = Contract(
    name="beats",
    grain="one row per track and beat",
    key=("track_id", "beat"),
    columns=(
        Column("track_id", "string", "the track; refers to audio_analyses"),
        Column("beat", "int32", "number of the beat, from 1"),
        Column("time_s", "float64", "from the first decoded sample", unit="s"),
        Column("position", "int32", "place in the bar, from 1; null where no bars were found", nullable=True),
    ),
)
