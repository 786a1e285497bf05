"""Releases are found by mood: by the sound of their tracks, by tags, by approved texts; through every interface."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from lake.delta.table import Table
from lake.lakehouse import Lake
from ml.search.moods import WORDS, moods
from serving.queries.publications import Publications
from serving.queries.scopes import Scope
from serving.queries.search.find import Search
from tests.needs import need_packages
from tests.serving_clients import logged_in

# release, title, label, what is heard: tempo, key, loudness; what the PIM says: tempo, key
PLANTED = (
    ("R1", "Nocturnes for piano", "L1", (66.0, "A:minor", -22.0), (150.0, "C:major")),
    ("R2", "Songs for engines", "L1", (140.0, "E:major", -7.0), (None, None)),
    ("R3", "Evening post", "L2", None, (72.0, "D:minor")),
    ("R4", "Letters", "L2", (100.0, None, -14.0), (60.0, "A:minor")),
    ("R5", "Tide", "L2", None, (None, None)),
)


def tables() -> dict[str, pa.Table]:
    releases, tracks, heard = [], [], []
    for key, title, label, sound, stated in PLANTED:
        names = {"artist_id": "A1", "artist_name": "Velvet Dials", "label_name": label, "genre": "jazz", "format": "LP"}
        sold = {"release_date": date(2025, 1, 1), "list_price": 10.0, "currency": "EUR", "is_published": True}
        releases.append({"release_id": key, "title": title, "label_id": label, **names, **sold})
        tracks.append({"track_id": f"{key}-1", "release_id": key, "bpm": stated[0], "musical_key": stated[1]})
        if sound:
            measured = {"bpm": sound[0], "musical_key": sound[1], "integrated_lufs": sound[2], "loudness_range_lu": 5.0}
            heard.append({"track_id": f"{key}-1", **measured})
    texts = [("R5", "approved", "Waves for a slow dinner by candlelight"), ("R2", "draft", "candlelight")]
    assets = [{"release_id": key, "kind": "text", "state": state, "content": told} for key, state, told in texts]
    return {
        "gold/dim_release": pa.Table.from_pylist(releases),
        "silver/tracks": pa.Table.from_pylist(tracks),
        "silver/audio_analyses": pa.Table.from_pylist(heard),
        "gold/release_tags": pa.Table.from_pylist([{"release_id": "R4", "tag": "road trip"}]),
        "gold/generated_assets": pa.Table.from_pylist(assets),
    }


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("moods") / "lake")
    made.publish({key: Table(made.path(key)).overwrite(rows) for key, rows in tables().items()}, "first")
    return made


@pytest.fixture(scope="module")
def search(lake: Lake) -> Search:
    return Search(Publications(lake).reader())


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("calm piano for rainy evenings", "R1"),  # as heard, whatever the PIM says of it
        ("quiet and rainy night music", "R1"),
        ("energetic party music", "R2"),
        ("sunny workout", "R2"),
        ("road trip", "R4"),
        ("candlelight dinner", "R5"),  # the approved text, not the draft
        ("evening post", "R3"),  # words of the title still go first
    ],
)
def test_a_mood_finds_what_sounds_like_it(search: Search, typed: str, first: str) -> None:
    assert search.find(typed)[0].release_id == first


def test_what_the_pim_says_counts_where_nothing_was_heard(search: Search) -> None:
    found = {one.release_id: one.mood for one in search.find("melancholic")}
    assert found == {"R1": "slow, minor, quiet", "R3": "slow, minor", "R4": "minor"}
    assert "R5" not in found


def test_moods_are_within_scope_and_filters(lake: Lake, search: Search) -> None:
    scoped = Search(Publications(lake).reader(Scope(frozenset({"L2"}))))
    assert {one.release_id for one in scoped.find("melancholic")} == {"R3", "R4"}
    assert {one.release_id for one in search.find("melancholic", {"label_id": "L1"})} == {"R1"}


def test_thresholds() -> None:
    assert [moods(bpm) for bpm in (None, 0.0, 84.9, 85.0, 124.9, 125.0)] == [(), (), ("slow",), (), (), ("fast",)]
    assert moods(None, "Eb:minor", -23.0, 15.0) == ("minor", "quiet", "wide")
    assert moods(None, "C:dorian", -10.0) == ("loud",)
    assert set(WORDS) == {"slow", "fast", "minor", "major", "quiet", "loud", "wide"}


def test_words_that_say_nothing_find_nothing_beside_others(search: Search) -> None:
    assert [one.release_id for one in search.find("zzzqqq xyxyxy for the of")] == []


@pytest.mark.heavy
def test_rest_and_the_catalogue_find_what_is_misspelt_and_by_mood(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    need_packages("fastapi", "limits", "argon2", "django_htmx", target="serve-tools")
    from resources.settings import Settings
    from serving.server import create_server

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    app: Any = create_server(Settings(lake=lake.root))
    try:
        client = logged_in(app)
        hits = client.get("/v1/search", params={"q": "nocturns for pano"}).json()
        assert hits[0]["release_id"] == "R1"
        moody = client.get("/v1/search", params={"q": "calm rainy evenings", "label_id": "L1", "limit": 1}).json()
        assert [(one["release_id"], one["mood"]) for one in moody] == [("R1", "slow, minor, quiet")]
        assert client.get("/v1/search", params={"q": ""}).status_code == 422
        for typed in ("nocturns for pano", "calm rainy evenings"):
            page = client.get("/catalogue/rows", params={"q": typed}).text
            assert "Nocturnes for piano" in page
        assert "Nothing found" in client.get("/catalogue/rows", params={"q": "zzzqqqxxy"}).text
        own = logged_in(app, "viewer", "L2")
        assert "Nocturnes" not in own.get("/catalogue/rows", params={"q": "nocturns for pano"}).text
    finally:
        app.state.services.close()
