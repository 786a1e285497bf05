"""A catalogue to generate from, and makers whose outcome a test plants."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from lake.delta.table import Table
from lake.journals.generation import Standing
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.making import Made, Outcome, Planned
from resources.generation.requests import Wish
from tests.serving_lake import releases

WISH = Wish("text", "R1", ("shop",), "en")


def catalogue(root: Path) -> Lake:
    """A lake whose catalogue has four releases."""
    store = Lake(root)
    publish_catalogue(store)
    return store


def publish_catalogue(store: Lake) -> None:
    """Publish the catalogue of four releases with the columns that texts state."""
    rows = releases().append_column("release_year", pa.array([2025] * 4, pa.int32()))
    rows = rows.append_column("bpm", pa.array([96.2] * 4))
    store.publish({"gold/dim_release": Table(store.path("gold/dim_release")).overwrite(rows)}, "test")


class Planted:
    """A maker whose outcome a test plants."""

    def __init__(self, make: Callable[[], Outcome], reserve: float = 0.0) -> None:
        self._make, self._reserve = make, reserve

    def plan(self, request: Standing) -> Planned:
        return Planned({}, self._reserve)

    def make(self, request: Standing, planned: Planned, folder_of: Callable[[str], Path]) -> Outcome:
        return self._make()


def planted(make: Callable[[], Outcome], reserve: float = 0.0, limit: float | None = None) -> Generation:
    """An installation whose texts are what `make` returns."""
    return Generation(monthly_limit=limit, makers={"text": lambda _: Planted(make, reserve)})


def draft(findings: tuple[dict[str, str], ...] = (), cost: float = 0.0) -> Outcome:
    """A draft for the shop."""
    details = {
        "content": "x",
        "sha256": "0",
        "backend": "b",
        "backend_version": "1",
        "seed": 0,
        "inputs": {},
        "scores": {},
    }
    return Outcome((Made("shop", {**details, "findings": list(findings)}),), cost=cost)


def add_song(lake: Lake, track: str, release: str, seed: int) -> None:
    """Publish a track whose analysis is the truth of a generated song of at least four bars."""
    from audio.songs.score import score_of
    from audio.songs.truth import write_truth

    jams = lake.root / "audio" / f"{track}.jams"
    jams.parent.mkdir(parents=True, exist_ok=True)
    write_truth(score_of(seed, 3), jams)
    tracks = pa.table({"track_id": [track], "release_id": [release], "title": ["Song"]})
    analyses = pa.table({"track_id": [track], "file_id": ["f" * 64], "jams": [f"audio/{track}.jams"]})
    tables = {"silver/tracks": tracks, "silver/audio_analyses": analyses}
    lake.publish({key: Table(lake.path(key)).overwrite(rows) for key, rows in tables.items()}, "song")
