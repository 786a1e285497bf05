"""A run that is killed with -9 is finished by the next; nothing is lost and nothing stands twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dagster import DagsterInstance

from lake.lakehouse import Lake
from tests.conftest import CHECKOUT
from tests.integration.audio.hearing import ask, named, run, song

SONGS = 5
BEGIN = """
import sys
from pathlib import Path
from dagster import DagsterInstance
from tests.integration.audio.hearing import run
with DagsterInstance.ephemeral() as instance:
    print("begun", flush=True)
    ran = run(Path(sys.argv[1]), Path(sys.argv[2]), instance)
    print("ended", ran.success, flush=True)
"""


@pytest.mark.heavy
def test_killed_again_and_again_it_ends_where_a_run_in_peace_ends(tmp_path: Path, instance: DagsterInstance) -> None:
    inbox = tmp_path / "inbox"
    for number in range(SONGS):
        song(inbox / f"{number}.wav", 90 + 10 * number)
    (inbox / "bad.wav").write_bytes(b"no music")
    os.utime(inbox / "bad.wav", (time.time() - 60,) * 2)
    named(inbox, {"bad.wav": "T9", **{f"{number}.wav": f"T{number}" for number in range(SONGS)}})
    assert run(tmp_path / "peace", inbox, instance).success
    rng = random.Random(7)
    for _ in range(4):
        _killed_after(rng.uniform(0.5, 9.0), tmp_path / "lake", inbox)
    assert run(tmp_path / "lake", inbox, instance).success
    for query in (
        "select path, track_id, state, reason from audio_files order by all",
        "select * exclude (analysed_at) from audio_analyses order by all",
        "from beats order by all",
        "from chords order by all",
        "from sections order by all",
    ):
        assert ask(tmp_path / "lake", query) == ask(tmp_path / "peace", query)
    assert ask(tmp_path / "lake", "select count(*) from audio_analyses") == [(SONGS,)]
    assert list(Lake(tmp_path / "lake").root.rglob("*.part")) == []


def _killed_after(seconds: float, lake: Path, inbox: Path) -> None:
    """Begin a run in a process group of its own and end all of it."""
    command = [sys.executable, "-W", "ignore", "-c", BEGIN, str(lake), str(inbox)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
