"""An inbox that was heard once; a test that changes something takes a copy."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from dagster import DagsterInstance

from tests.end_to_end.sharing import built_once
from tests.integration.audio.hearing import Ran, at_rest, land_tracks, named, run, song
from tests.integration.audio.storages import KINDS, Storage, running
from tests.needs import need_packages

HEARD = tuple(f"silver/{name}" for name in ("audio_analyses", "beats", "chords", "sections", "stems"))
STEPS = ("bronze/pim_objects", "silver/tracks", "bronze/audio_files", *HEARD, "lake/published")


@pytest.fixture(autouse=True, scope="session")
def audio_packages() -> None:
    need_packages("av", target="audio")


def _hear(home: Path) -> str:
    inbox = home / "inbox"
    song(inbox / "T0001-01 fast.wav", 150)
    song(inbox / "album" / "DEABC2400002.wav", 100)
    song(inbox / "listed.wav", 120)
    at_rest(Path(shutil.copy(inbox / "listed.wav", inbox / "zz copy.wav")))
    song(inbox / "nobody's.wav", 90)
    (inbox / "text.mp3").write_text("no music")
    at_rest(inbox / "text.mp3")
    song(inbox / "T0001-05.wav", 100, level=0.0)
    named(inbox, {"listed.wav": "T0001-03", "text.mp3": "T0001-04"})
    land_tracks(home / "lake", {"T0001-01": None, "T0001-02": "DE-ABC-24-00002", "T0001-03": None, "T0001-05": None})
    with DagsterInstance.ephemeral() as instance:
        ran = run(home / "lake", inbox, instance, job="main_with_audio", only=STEPS)
    assert ran.success, ran.failed_checks
    told = dataclasses.asdict(ran) | {"metadata": {}, "partitions": sorted(ran.partitions)}
    (home / "ran.json").write_text(json.dumps(told))
    return "heard"


@pytest.fixture(scope="session")
def heard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A folder with `lake` and `inbox`, and the run that heard it, without its metadata. Not to be changed."""
    home = built_once(tmp_path_factory, "heard", _hear)
    told = json.loads((home / "ran.json").read_text())
    return home, Ran(told["success"], {}, told["failed_checks"], set(told["partitions"]))


@pytest.fixture
def copy(heard: tuple[Path, Ran], tmp_path: Path) -> Path:
    """A copy of the folder, to be changed; times of change are kept."""
    return shutil.copytree(heard[0], tmp_path / "home")


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """An instance of Dagster of the test's own."""
    with DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture(scope="module", params=list(KINDS))
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """One storage of each kind for all tests; each test has a prefix of its own."""
    yield from running(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def storage(shared: Storage) -> Storage:
    """An inbox of the test's own in it."""
    return dataclasses.replace(shared, address=f"{shared.address}/{uuid4().hex}")
