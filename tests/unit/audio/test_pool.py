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


def test_a_file_that_swells_is_ended_and_the_others_go_on(
    written: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks for more than its process may have, twice: where the analysis sees it, and where nothing does."""
    swollen, deadly, good = (written(clicks(100, 8.0), name) for name in ("swollen.wav", "deadly.wav", "good.wav"))
    monkeypatch.setattr(pool, "_serve", _serve_swelling)
    outcomes = {one.job.path.name: one for one in analyse_all(jobs_of([swollen, deadly, good], tmp_path), processes=1)}
    assert outcomes["swollen.wav"].reason == "out of memory: more than a process may have"
    assert (outcomes["deadly.wav"].reason or "").startswith("the analysis crashed: ")
    assert outcomes["good.wav"].reason is None
    spent = outcomes["good.wav"].spent
    assert spent is not None
    assert 0 < spent.cpu_s < 60
    assert 50 < spent.held_mib <= spent.peak_mib < pool.PROCESS_MIB


def _serve_swelling(*args: Any) -> None:
    def check(path: Path) -> None:
        if path.name == "swollen.wav":
            np.ones(2 * pool.PROCESS_MIB * pool.MIB, dtype=np.uint8)
        if path.name == "deadly.wav":  # as a library does that cannot go on without memory
            try:
                np.ones(2 * pool.PROCESS_MIB * pool.MIB, dtype=np.uint8)
            except MemoryError:
                os.abort()

    pytest.MonkeyPatch().setattr("audio.analysis.check_file", check)
    pool._serve(*args)


def test_as_many_processes_as_memory_cores_and_files_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(pool, "free_mib", lambda: 10_000.0)
    assert pool.processes_that_fit(None, 100) == 5  # four fifths of the memory, 1,500 MiB each
    assert pool.processes_that_fit(3, 100) == 3
    assert pool.processes_that_fit(None, 2) == 2
    assert pool.processes_that_fit(None, 100, mib=3_500) == 2
    monkeypatch.setattr(pool, "free_mib", lambda: 100.0)
    assert pool.processes_that_fit(8, 100) == 1
    monkeypatch.undo()
    assert 0 < pool.free_mib() <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / pool.MIB


@pytest.mark.heavy
def test_memory_does_not_grow_with_the_number_of_files(written: Callable[..., Path], tmp_path: Path) -> None:
    """Under 50 KiB a file, in the one process that takes them all and in its parent."""
    from audio.confinement import held_mib
    from benchmarks.audio_load import slope_kib

    rng = np.random.default_rng(2)
    paths = [
        written(clicks(rng.uniform(80, 160), 6.0) + tone(rng.uniform(200, 500), 6.0, 0.1), f"{number}.wav")
        for number in range(12)
    ]
    jobs = [Job(paths[number % 12], tmp_path / f"{number}.jams") for number in range(120)]
    child, parent = [], []
    for outcome in analyse_all(jobs, processes=1):
        assert outcome.spent is not None
        child.append(outcome.spent.held_mib)
        parent.append(held_mib()[0])
    assert slope_kib(child) < 50
    assert slope_kib(parent) < 50
