"""Vectors of releases: a text is embedded once, and what changes it makes another."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.search.embeddings import embed_releases

RELEASES = pl.DataFrame(
    [
        ("R1", "Night Ferry", "Gilded Dials", "jazz", "LP"),
        ("R2", "Night Ferry", "Gilded Dials", "jazz", "LP"),  # the same text
        ("R3", "Paper Rooms", None, None, "CD"),
        ("R4", None, None, None, None),  # nothing to embed
    ],
    ["release_id", "title", "artist_name", "genre", "format"],
    orient="row",
)
TRACKS = pl.DataFrame(
    [("R3", 70.0, "A:minor", -12.0, None), ("R3", 72.0, None, None, None), ("R3", 130.0, None, None, None)],
    {"release_id": pl.String, "bpm": pl.Float64, "musical_key": pl.String, "loudness": pl.Float64, "range": pl.Float64},
    orient="row",
)


class Counting:
    """An encoder whose vectors are the length of a text, and who keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __repr__(self) -> str:
        return "counting-1"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(one), 1] for one in texts], np.float32)


def test_each_text_is_embedded_once_and_with_the_mood_of_most_tracks() -> None:
    encoder = Counting()
    found = embed_releases(RELEASES, TRACKS, model=encoder, earlier=dict)
    jazz, rooms = "Night Ferry, by Gilded Dials, jazz, LP", "Paper Rooms, CD, slow music"
    assert encoder.asked == [jazz, rooms]
    assert found is not None
    assert found.rows() == [
        ("R1", jazz, "counting-1", [len(jazz), 1.0]),
        ("R2", jazz, "counting-1", [len(jazz), 1.0]),
        ("R3", rooms, "counting-1", [len(rooms), 1.0]),
    ]


def test_what_is_there_is_kept() -> None:
    encoder = Counting()
    found = embed_releases(
        RELEASES, TRACKS, model=encoder, earlier=lambda: {"Paper Rooms, CD, slow music": [0.5, 0.5], "gone": [1.0, 0.0]}
    )
    assert encoder.asked == ["Night Ferry, by Gilded Dials, jazz, LP"]
    assert found is not None
    assert found["embedding"].to_list()[2] == [0.5, 0.5]
    assert found["release_id"].to_list() == ["R1", "R2", "R3"]


def test_without_a_model_there_are_none() -> None:
    assert embed_releases(RELEASES, TRACKS, model=None, earlier=dict) is None
