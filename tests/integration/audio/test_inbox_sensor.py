"""The sensor asks once for each state of the inbox, and for nothing that is done, growing or not to be heard."""

import os
import shutil
import time
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunRequest, SkipReason, build_sensor_context

from definitions import build_definitions
from lake.ingest.inbox.audio_files import in_state, put_files, read_files
from resources.audio import AudioResource
from resources.lake import LakeResource
from resources.settings import Settings
from sensors.inbox import inbox_sensor
from tests.integration.audio.hearing import at_rest_text, land_tracks, named, run, song


class Watch:
    """The sensor as a daemon evaluates it: its cursor is kept from one tick to the next."""

    def __init__(self, home: Path, instance: DagsterInstance) -> None:
        self.home, self.instance = home, instance
        self.settings = Settings(lake=home / "lake", inbox=home / "inbox")
        self.cursor: str | None = None

    def tick(self) -> str:
        """What it says: "asks for N new, M due", or why it does not."""
        resources = {
            "lake": LakeResource.from_settings(self.settings),
            "audio": AudioResource.from_settings(self.settings),
        }
        context = build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources=resources, sensor_name="inbox_sensor"
        )
        answer = inbox_sensor(context)
        self.cursor = context.cursor
        if isinstance(answer, SkipReason):
            return answer.skip_message or ""
        assert isinstance(answer, RunRequest)
        return f"asks for {answer.tags['lacquer/new_files']} new, {answer.tags['lacquer/due_files']} due"


@pytest.fixture
def watch(tmp_path: Path, instance: DagsterInstance) -> Watch:
    (tmp_path / "inbox").mkdir()
    return Watch(tmp_path, instance)


UNCHANGED = "nothing has changed in the inbox since the last run was asked for"


def test_it_asks_once_per_state_of_the_inbox(watch: Watch) -> None:
    inbox = watch.home / "inbox"
    assert watch.tick() == "all that lies in the inbox was heard"
    song(inbox / "a.wav", 100)
    assert watch.tick() == "asks for 1 new, 0 due"
    assert watch.tick() == UNCHANGED, "a run that failed is not asked for again and again"
    song(inbox / "sub" / "b.wav", 110)
    assert watch.tick() == "asks for 2 new, 0 due"
    (inbox / "c.wav").write_bytes(b"just begun")
    assert watch.tick() == UNCHANGED
    os.utime(inbox / "c.wav", (time.time() - 60,) * 2)
    assert watch.tick() == "asks for 3 new, 0 due"


def test_a_file_that_waits_for_its_track_is_asked_for_when_something_is_said_of_it(watch: Watch) -> None:
    song(watch.home / "inbox" / "a.wav", 100)
    assert watch.tick() == "asks for 1 new, 0 due"
    assert run(watch.home / "lake", watch.home / "inbox", watch.instance, only=("bronze/audio_files",)).success
    assert watch.tick() == UNCHANGED
    at_rest_text(watch.home / "inbox" / "a.json", '{"track_id": "T1"}')
    assert watch.tick() == "asks for 0 new, 0 due"
    named(watch.home / "inbox", {"a.wav": "T1"})
    assert watch.tick() == "asks for 0 new, 0 due"
    land_tracks(watch.home / "lake", {"T0001": None})
    only = ("bronze/pim_objects", "silver/tracks", "lake/published")
    assert run(watch.home / "lake", watch.home / "inbox", watch.instance, job="main", only=only).success
    assert watch.tick() == "asks for 0 new, 0 due", "the PIM may know the track now"
    assert watch.tick() == UNCHANGED


def test_a_failure_that_can_pass_is_asked_for_again_and_one_that_lies_in_the_bytes_is_not(
    heard: tuple[Path, object], tmp_path: Path, instance: DagsterInstance
) -> None:
    home = shutil.copytree(heard[0], tmp_path / "home")
    watch = Watch(home, instance)
    assert watch.tick() == "asks for 0 new, 0 due", "of a file without a track nobody knows whether it has one now"
    assert watch.tick() == UNCHANGED
    lake = LakeResource.from_settings(watch.settings).lake()
    (row,) = (row for row in read_files(lake).values() if row["track_id"] == "T0001-01")
    put_files(lake, [in_state(row, "failed", "out of time: given up after 30 s")])
    assert watch.tick() == "asks for 0 new, 1 due"
    put_files(lake, [in_state(row, "failed", "silent: never over -60 dBFS")])
    watch.tick()
    assert watch.tick() == UNCHANGED


@pytest.mark.parametrize("name", ["audio", "main_with_audio"])
def test_it_waits_for_the_run_that_is_under_way(watch: Watch, name: str) -> None:
    job = build_definitions(watch.settings).resolve_job_def(name)
    under_way = watch.instance.create_run_for_job(job, status=DagsterRunStatus.STARTED)
    song(watch.home / "inbox" / "a.wav", 100)
    assert watch.tick() == "the inbox has changed; the run that is under way comes first"
    watch.instance.report_run_failed(under_way)
    assert watch.tick() == "asks for 1 new, 0 due"


def test_without_an_inbox_or_its_folder_it_says_what_to_do(watch: Watch) -> None:
    shutil.rmtree(watch.home / "inbox")
    assert watch.tick().endswith("is no folder: make it, or name another one in LACQUER_INBOX")
    watch.settings = Settings(lake=watch.home / "lake", inbox=None)
    assert watch.tick() == "no audio is heard: name the folder that it is put into in LACQUER_INBOX"
