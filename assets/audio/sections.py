"""The sections of each track that was heard, without gaps.

One row per track and section, from 0 to the end of the track; stretches of one letter repeat each other. Trap: letters
are of one track and say nothing about another's.
"""

from lake.contract import Column, Contract

SECTIONS = Contract(
    name="sections",
    grain="one row per track and section",
    key=("track_id", "section"),
    columns=(
        Column("track_id", "string", "the track; refers to audio_analyses"),
        Column("section", "int32", "number of the section in time, from 1"),
        Column("start_s", "float64", "from the first decoded sample", unit="s"),
        Column("end_s", "float64", "where the next one begins", unit="s"),
        Column("label", "string", "A, B, … by repetition"),
        Column("confidence", "float64", "calibrated probability that it is right", nullable=True),
    ),
)
