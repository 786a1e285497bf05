"""Tracks as the product information system last stated them.

One row per track, a recording. `release_id` is the release that it belongs to in the PIM, the first one where it
stands on several. Tempo and key are what the PIM says; where Lacquer hears the audio itself, it keeps its own.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

TRACKS = Contract(
    name="tracks",
    grain="one row per track",
    key=("track_id",),
    latest_by="source_position",
    references={"artist_id": "artists", "release_id": "releases"},
    columns=(
        Column("track_id", "string", "track number in the PIM", source="trackId"),
        Column("title", "string", "title as printed", source="title"),
        Column("artist_id", "string", "main artist; refers to artists", source="artist.artistId", nullable=True),
        Column("release_id", "string", "its release; refers to releases", source="release.releaseId", nullable=True),
        Column("position", "int32", "place on the release, from 1", source="position", nullable=True, minimum=1),
        Column("duration_ms", "int64", "length", source="durationMs", unit="ms", nullable=True, minimum=0),
        Column("bpm", "float64", "tempo", source="bpm", unit="beats per minute", nullable=True, minimum=1),
        Column("musical_key", "string", "key and mode, as Eb:minor", source="musicalKey", nullable=True),
        Column("isrc", "string", "International Standard Recording Code", source="isrc", nullable=True),
    ),
)

tracks = silver_table(TRACKS, __doc__, objects_of="Track")
