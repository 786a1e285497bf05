"""What the forecasts know of a release's sound: that of the day on which any of it was first heard, no later one's."""

import datetime as dt
from typing import Any

import pyarrow as pa

from assets.audio.audio_analyses import AUDIO_ANALYSES
from assets.forecasts.inputs import read_facts
from assets.silver.tracks import TRACKS
from lake.lakehouse import Lake
from tests.integration.gold.silver_tables import MERGED, Row, utc


def heard(track_id: str, at: str, bpm: float | None, lufs: float) -> Row:
    row = {"track_id": track_id, "file_id": "f", "status": "whole", "duration_s": 1.0, "beat_count": 0}
    row |= {"chord_count": 0, "section_count": 0, "section_labels": "", "embedding": [1.0, 0.0], "jams": "", "page": ""}
    more = {"bpm": bpm, "integrated_lufs": lufs, "analysed_at": utc(at)}
    return row | {"analyser_version": "1", "settings": "{}"} | more


def put(lake: Lake, contract: Any, rows: list[Row]) -> None:
    lake.table(contract).overwrite(pa.Table.from_pylist(rows, contract.arrow_schema))


def test_a_release_sounds_as_its_tracks_did_on_the_first_day(lake: Lake) -> None:
    releases = {"T1": "R1", "T2": "R1", "T3": "R1", "T4": "R2", "T5": None}
    tracks = [{"track_id": key, "title": key, "release_id": of, "bpm": 99.0, **MERGED} for key, of in releases.items()]
    put(lake, TRACKS, tracks)
    assert read_facts(lake, lake.session("before")).sound is None
    put(
        lake,
        AUDIO_ANALYSES,
        [
            heard("T1", "2024-03-01T08:00:00", 100.0, -9.0),
            heard("T2", "2024-03-01T23:59:59", 120.0, -12.0),
            heard("T3", "2024-03-02T00:00:00", 180.0, -5.0),
            heard("T4", "2024-03-05T12:00:00", None, -14.0),
            heard("T5", "2024-03-01T12:00:00", 60.0, -20.0),
        ],
    )
    sound = read_facts(lake, lake.session("after")).sound
    assert sound is not None
    assert sound.rows() == [
        ("R1", dt.date(2024, 3, 1), 110.0, -10.5),
        ("R2", dt.date(2024, 3, 5), None, -14.0),
    ]
