"""One bad file never hurts its neighbours, whatever it does to its process."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio import pool
from audio.pool import Job, analyse_all
from tests.unit.audio.conftest import clicks, tone


def jobs_of(paths: list[Path], out: Path) -> list[Job]:
    return [Job(path, out / f"{number}.jams") for number, path in enumerate(paths)]


def test_bad_files_fail_with_their_reason_and_good_ones_are_analysed(
    written: Callable[..., Path], tmp_path: Path
) -> None:
    song = clicks(120, 12.0) + tone(440, 12.0, 0.1)
    text = tmp_path / "text.mp3"
    text.write_text("no music")
    paths = [
        written(song, "good.wav"),
        text,
        written(np.zeros(44_100 * 3), "silent.wav"),
        written(tone(440, 0.3), "short.wav"),
        tmp_path / "gone.wav",
        written(song, "good too.wav"),
    ]
    outcomes = {outcome.job.path.name: outcome for outcome in analyse_all(jobs_of(paths, tmp_path), processes=2)}
    reasons = {name: outcome.reason for name, outcome in outcomes.items() if outcome.reason}
    assert reasons == {
        "text.mp3": "not decodable: no format that FFmpeg reads",
        "silent.wav": "silent: never over -60 dBFS",
        "short.wav": "too short: 0.30 s, under 1 s",
        "gone.wav": "no such file",
    }
    for name in ("good.wav", "good too.wav"):
        outcome = outcomes[name]
        assert outcome.told is not None
        assert outcome.told["bpm"] == pytest.approx(120, rel=0.02)
        assert json.loads(outcome.job.jams.read_text())["file_metadata"]["duration"] == 12.0
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_hangs_is_given_up_and_the_others_go_on(
    written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = tmp_path / "hanging.wav"
    os.mkfifo(hanging)  # opening it for reading never returns, and the guard is told that it is a file
    good = written(clicks(100, 8.0), "good.wav")
    monkeypatch.setattr(pool, "time_limit", lambda path: 4.0 if path == hanging else 60.0)
    monkeypatch.setattr(pool, "_serve", _serve_without_guard)
    outcomes = {one.job.path.name: one for one in analyse_all(jobs_of([hanging, good], tmp_path), processes=1)}
    assert outcomes["hanging.wav"].reason == "out of time: given up after 4 s"
    assert outcomes["good.wav"].reason is None


def _serve_without_guard(*args: Any) -> None:
    pytest.MonkeyPatch().setattr("audio.analysis.check_file", lambda path: None)
    pool._serve(*args)


def test_a_crash_takes_only_its_own_file(
    written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = written(clicks(100, 8.0), "good.wav"), written(clicks(90, 8.0), "deadly.wav")
    monkeypatch.setattr(pool, "_serve", _serve_deadly)
    outcomes = {one.job.path.name: one for one in analyse_all(jobs_of([bad, good], tmp_path), processes=1)}
    assert outcomes["deadly.wav"].reason == "the analysis crashed: signal 11"
    assert outcomes["good.wav"].reason is None


def _serve_deadly(*args: Any) -> None:
    def check(path: Path) -> None:
        if path.name == "deadly.wav":
            os.kill(os.getpid(), 11)

    pytest.MonkeyPatch().setattr("audio.analysis.check_file", check)
    pool._serve(*args)
