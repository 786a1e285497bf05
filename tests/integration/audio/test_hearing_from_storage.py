"""Whole runs on an inbox in object storage: what is heard, and what is said when the storage does not answer."""

from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance

from definitions import build_definitions
from lake.ingest.inbox.audio_files import read_files
from lake.lakehouse import Lake
from resources.settings import Settings
from tests.integration.audio.hearing import QUIET, ask, land_tracks, song
from tests.integration.audio.storages import Storage, free_port
from tests.integration.audio.test_inbox_in_storage import fetched, put

pytestmark = pytest.mark.heavy


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def run(storage: Storage, lake: Lake, instance: DagsterInstance, job: str, *only: str) -> Any:
    access = storage.access
    settings = Settings(
        lake=lake.root,
        inbox=storage.address,
        inbox_endpoint=access.endpoint,
        inbox_account=access.account,
        inbox_secret=access.secret,
        inbox_region=access.region,
        threads=1,
    )
    resolved = build_definitions(settings).resolve_job_def(job)
    keys = [key for key in resolved.asset_layer.executable_asset_keys if not only or "/".join(key.path) in only]
    return resolved.execute_in_process(instance=instance, asset_selection=keys, raise_on_error=False, run_config=QUIET)


def test_songs_in_storage_are_heard_and_let_go(
    storage: Storage, lake: Lake, tmp_path: Path, instance: DagsterInstance
) -> None:
    land_tracks(lake.root, {"T0001-01": None, "T0001-02": None, "T0001-03": None})
    assert run(storage, lake, instance, "main", "bronze/pim_objects", "silver/tracks", "lake/published").success
    objects = {
        "T0001-01 fast.wav": song(tmp_path / "a.wav", 150).read_bytes(),
        "by list.wav": song(tmp_path / "b.wav", 100).read_bytes(),
        "beside.wav": song(tmp_path / "c.wav", 120).read_bytes(),
        "beside.wav.json": b'{"track_id": "T0001-03"}',
        "tracks.csv": b"file,track_id\nby list.wav,T0001-02\n",
    }
    put(storage, lake, objects)
    assert run(storage, lake, instance, "audio").success
    assert ask(lake.root, "select path, track_id, linked_by, state from audio_files order by path") == [
        ("T0001-01 fast.wav", "T0001-01", "file name", "analyzed"),
        ("beside.wav", "T0001-03", "sidecar", "analyzed"),
        ("by list.wav", "T0001-02", "list", "analyzed"),
    ]
    assert ask(lake.root, "select round(bpm) from audio_analyses order by track_id") == [(150.0,), (100.0,), (120.0,)]
    assert fetched(lake) == []
    pages = [(lake.root / page).read_text() for (page,) in ask(lake.root, "select page from audio_analyses")]
    assert sum("T0001-01 fast.wav" in page for page in pages) == 1, "a page says the object's own name"
    before = Lake(lake.root).versions()
    assert run(storage, lake, instance, "audio").success
    assert {key: one for key, one in Lake(lake.root).versions().items() if "audio" in key} == {
        key: one for key, one in before.items() if "audio" in key
    }


def test_a_run_says_what_was_asked_when_nobody_answers(lake: Lake, instance: DagsterInstance) -> None:
    port = free_port()
    settings = Settings(
        lake=lake.root,
        inbox="s3://masters",
        inbox_endpoint=f"http://127.0.0.1:{port}",
        inbox_account="lacquer",
        inbox_secret="a secret of the test",
        inbox_region="us-east-1",
    )
    job = build_definitions(settings).resolve_job_def("audio")
    done = job.execute_in_process(instance=instance, raise_on_error=False, run_config=QUIET)
    assert not done.success
    (failed,) = (event for event in done.all_events if event.is_step_failure)
    said = str(failed.event_specific_data)
    assert f"the inbox s3://masters: it does not answer (asked http://127.0.0.1:{port} up to 4 times" in said
    assert "a secret of the test" not in said
    assert read_files(lake) == {}
