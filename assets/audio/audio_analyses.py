"""What each track sounds like, as Lacquer hears it.

One row per track of which a file was analysed: of several files the newest that could be. Null: the methods cannot
tell. Tempo and key here are heard; what the PIM says of them stands in `tracks`.
"""

from lake.contract import Column, Contract


def _sure(aspect: str) -> Column:
    words = f"calibrated probability of being right about the {aspect}"
    return Column(f"{aspect}_confidence", "float64", words, nullable=True, minimum=0, maximum=1)


AUDIO_ANALYSES = Contract(
    name="audio_analyses",
    grain="one row per track of which a file was analysed",
    key=("track_id",),
    columns=(
        Column("track_id", "string", "the track; refers to tracks"),
        Column("file_id", "string", "the file that was heard; refers to audio_files"),
        Column("status", "string", "partial: some of the file did not decode", allowed=("whole", "partial")),
        Column("duration_s", "float64", "length that was decoded", unit="s", minimum=0),
        Column("expected_s", "float64", "length that the file promises", unit="s", nullable=True),
        Column("bpm", "float64", "tempo", unit="beats per minute", nullable=True),
        Column("bpm_alternative", "float64", "half or double it, whichever is likelier", nullable=True),
        _sure("tempo"),
        Column("beats_per_bar", "int32", "metre", unit="beats", nullable=True),
        Column("beat_count", "int32", "rows in beats"),
        _sure("beats"),
        _sure("downbeats"),
        Column("musical_key", "string", "key and mode, as Eb:minor", nullable=True),
        _sure("key"),
        Column("tuning_hz", "float64", "where A lies", unit="Hz", nullable=True),
        _sure("tuning"),
        Column("chord_count", "int32", "rows in chords that sound, those of no chord apart"),
        _sure("chords"),
        Column("section_count", "int32", "rows in sections"),
        Column("section_labels", "string", "the sections' letters in time, as AABA"),
        _sure("sections"),
        Column("integrated_lufs", "float64", "loudness (EBU R128)", unit="LUFS", nullable=True),
        Column("loudness_range_lu", "float64", "loudness range (EBU Tech 3342)", unit="LU", nullable=True),
        Column("true_peak_dbtp", "float64", "true peak", unit="dBTP", nullable=True),
        Column("embedding", "float64[]", "64 numbers of length 1; the product of two says how alike they sound"),
        Column("jams", "string", "the analysis as JAMS, below the lake"),
        Column("page", "string", "the page to look at and listen to, below the lake"),
        Column("analyser_version", "string", "version of the analyser"),
        Column("settings", "string", "what the analyser was told, as JSON"),
        Column("analysed_at", "timestamp", "moment of the analysis; nothing here was known before"),
    ),
)
