"""Tracks that sound alike: by the product of planted embeddings, as NumPy has it, in scope and of one analyser."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from serving.queries.audio import sounds_like
from serving.queries.publications import Publications
from serving.queries.scopes import Scope
from tests import serving_lake

if TYPE_CHECKING:
    from typer.testing import Result

OWNERS = ["R1", "R1", "R2", "R3", "R3", "R4", "R4", "R2"]
TRACKS = [f"T{number}" for number in range(8)]
HEARD: dict[str, Any] = {"bpm": 120.0, "musical_key": "C:major", "integrated_lufs": -9.0, "section_labels": "AB"}
HEARD |= {"file_id": "f" * 64, "jams": "x.jams"}
OLD = "T7"  # analysed by an older version


def vectors() -> np.ndarray:
    drawn = np.random.default_rng(5).normal(size=(8, 64))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = serving_lake.build(tmp_path_factory.mktemp("sounds") / "lake")
    tracks = [
        {"track_id": t, "release_id": r, "title": f"Song {t}", "position": 1}
        for t, r in zip(TRACKS, OWNERS, strict=True)
    ]
    serving_lake.republish(made, "silver/tracks", pa.Table.from_pylist(tracks))
    rows = [
        {
            "track_id": track,
            "embedding": vector.tolist(),
            "analyser_version": "1" if track == OLD else "2",
            **HEARD,
        }
        for track, vector in zip(TRACKS, vectors(), strict=True)
    ]
    serving_lake.republish(made, "silver/audio_analyses", pa.Table.from_pylist(rows))
    return made


def truth(own: list[int], others: list[int]) -> list[tuple[str, float]]:
    """The other tracks by their largest product with one of their own."""
    likeness = vectors() @ vectors().T
    best = {TRACKS[other]: float(max(likeness[other, mine] for mine in own)) for other in others}
    return sorted(best.items(), key=lambda one: -one[1])


def test_a_track_and_a_release_find_what_sounds_most_alike(lake: Lake) -> None:
    reader = Publications(lake).reader()
    cases: tuple[tuple[dict[str, Any], list[int], list[int]], ...] = (
        ({"track_id": "T0"}, [0], [1, 2, 3, 4, 5, 6]),
        ({"release_id": "R1"}, [0, 1], [2, 3, 4, 5, 6]),
    )
    for given, own, others in cases:
        found = [(one["track_id"], one["likeness"]) for one in sounds_like(reader, **given)]
        wanted = truth(own, others)
        assert [one for one, _ in found] == [one for one, _ in wanted]
        assert [value for _, value in found] == pytest.approx([value for _, value in wanted])
        assert [one["track_id"] for one in sounds_like(reader, limit=2, **given)] == [one for one, _ in wanted[:2]]
    assert sounds_like(reader, track_id=OLD) == []
    assert sounds_like(reader, track_id="T99") == []


def test_a_label_hears_its_own_tracks_only(lake: Lake) -> None:
    scoped = Publications(lake).reader(Scope(frozenset({"L1"})))
    assert {one["track_id"] for one in sounds_like(scoped, track_id="T0")} == {"T1", "T2"}
    assert sounds_like(scoped, track_id="T3") == []


def test_the_command(lacquer: "Callable[..., Result]", lake: Lake) -> None:
    found = lacquer("search", "--sounds-like", "R1", "--k", "1", "--format", "csv", "--lake", lake.root)
    assert found.exit_code == 0, found.output
    assert found.stdout.splitlines()[1].startswith(truth([0, 1], [2, 3, 4, 5, 6])[0][0])
    for arguments, says in (
        (("--sounds-like", "R9"), "no audio of 'R9'"),
        (("x", "--sounds-like", "R1"), "leave out TEXT"),
    ):
        refused = lacquer("search", *arguments, "--lake", lake.root)
        assert (refused.exit_code, says in refused.stderr) == (1, True)


@pytest.mark.heavy
def test_rest_and_the_page(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    from resources.settings import Settings
    from serving.server import create_server
    from tests.needs import need_packages
    from tests.serving_clients import logged_in

    need_packages("fastapi", "limits", "argon2", "django_htmx", target="serve-tools")
    app = create_server(Settings(lake=lake.root))
    client = logged_in(app)
    best = truth([0, 1], [2, 3, 4, 5, 6])[0][0]
    assert client.get("/v1/audio/sounds-like", params={"release_id": "R1", "limit": 1}).json()[0]["track_id"] == best
    assert client.get("/v1/audio/sounds-like", params={"track_id": "T99"}).status_code == 404
    assert client.get("/v1/audio/sounds-like").status_code == 422
    assert "<h2>Sounds like</h2>" in client.get("/releases/R1").text
    app.state.services.close()
