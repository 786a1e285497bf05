"""The chords of each track that was heard, without gaps.

One row per track and chord, from 0 to the end of the track. Trap: `N` stands where no chord sounds or none can be told.
"""

from lake.contract import Column, Contract

CHORDS = Contract(
    name="chords",
    grain="one row per track and chord",
    key=("track_id", "chord"),
    columns=(
        Column("track_id", "string", "the track; refers to audio_analyses"),
        Column("chord", "int32", "number of the chord in time, from 1"),
        Column("start_s", "float64", "from the first decoded sample", unit="s"),
        Column("end_s", "float64", "where the next one begins", unit="s"),
        Column("label", "string", "in Harte's notation, as Eb:min; N: none"),
        Column("confidence", "float64", "calibrated probability that it is right", nullable=True),
    ),
)
