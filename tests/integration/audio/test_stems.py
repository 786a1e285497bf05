"""Stems in the lake: whose they are, what stands of them, and what is done about those that fail."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from dagster import DagsterInstance

from audio.pool import Outcome
from audio.separation.work import StemJob
from resources.audio import StemModel
from tests.integration.audio.hearing import ask, run

NAMES = ("drums", "vocals")


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of models that passes for one that can be used; torch is not needed for what is tested here."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "sum").write_text("sum")

    def usable(folder: Path | None, name: str) -> StemModel | str:
        return StemModel(folder, name, f"{(folder / 'sum').read_text()} of {name}") if folder else "no folder"

    monkeypatch.setattr("assets.audio.analyses.usable_model", usable)
    return folder


@pytest.fixture
def separated(monkeypatch: pytest.MonkeyPatch) -> "Separated":
    made = Separated()
    monkeypatch.setattr("audio.pool.work_all", made)
    return made


class Separated:
    """Stands for the pool: writes what the worker writes, and fails where it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.reasons: dict[str, str] = {}

    def __call__(
        self, jobs: Sequence[StemJob], work: object, processes: int, progress: Callable[..., None] = print
    ) -> Iterator[Outcome[StemJob]]:
        for job in jobs:
            self.asked.append(job.path.name)
            if (reason := self.reasons.get(job.path.name)) is not None:
                yield Outcome(job, None, reason, 1.0)
                continue
            job.folder.mkdir(parents=True, exist_ok=True)
            stems = []
            for name in NAMES:
                body = f"{job.path.name} {name} {job.model}".encode()
                (job.folder / f"{name}.flac").write_bytes(body)
                of_file = {"path": f"{name}.flac", "sha256": hashlib.sha256(body).hexdigest(), "sample_rate": 22_050}
                stems.append({"stem": name, "duration_s": job.duration_s, "channels": 1, "bits": 24, **of_file})
            checksum = f"{(job.models / 'sum').read_text()} of {job.model}"
            told = {"model": job.model, "checksum": checksum, "stems": stems, "residual_db": -40.0}
            (job.folder / "stems.json").write_text(json.dumps(told))
            yield Outcome(job, told, None, 1.0)


def stems(home: Path) -> list[tuple[object, ...]]:
    query = "select track_id, stem, model, model_checksum, duration_s, sample_rate from stems order by all"
    return ask(home / "lake", query)


def test_each_heard_track_is_taken_apart_once(
    copy: Path, instance: DagsterInstance, models: Path, separated: Separated
) -> None:
    done = run(copy / "lake", copy / "inbox", instance, models=models)
    assert done.success, done.failed_checks
    assert sorted(separated.asked) == ["DEABC2400002.wav", "T0001-01 fast.wav", "listed.wav"]
    assert stems(copy) == [
        (track, name, "htdemucs", "sum of htdemucs", 6.0, 22_050)
        for track in ("T0001-01", "T0001-02", "T0001-03")
        for name in NAMES
    ]
    for path, sha256 in ask(copy / "lake", "select path, sha256 from stems"):
        assert hashlib.sha256((copy / "lake" / path).read_bytes()).hexdigest() == sha256
    assert done.metadata["silver/stems"]["stems"] == "3 tracks taken apart"
    assert run(copy / "lake", copy / "inbox", instance, models=models).success
    assert len(separated.asked) == 3


def test_another_model_takes_the_place_of_the_first(
    copy: Path, instance: DagsterInstance, models: Path, separated: Separated
) -> None:
    run(copy / "lake", copy / "inbox", instance, models=models)
    assert run(copy / "lake", copy / "inbox", instance, models=models, model="other").success
    assert {row[2:4] for row in stems(copy)} == {("other", "sum of other")}
    assert len(stems(copy)) == 6


def test_other_weights_under_the_same_name_are_another_model(
    copy: Path, instance: DagsterInstance, models: Path, separated: Separated
) -> None:
    separated.reasons = {"listed.wav": "the separation failed: ValueError: no"}
    run(copy / "lake", copy / "inbox", instance, models=models)
    (models / "sum").write_text("another sum")
    assert run(copy / "lake", copy / "inbox", instance, models=models).success
    assert sorted(separated.asked) == sorted(["DEABC2400002.wav", "T0001-01 fast.wav", "listed.wav"] * 2)
    assert {row[2:4] for row in stems(copy)} == {("htdemucs", "another sum of htdemucs")}


def test_a_song_that_cannot_be_taken_apart_keeps_its_analysis_and_is_not_tried_for_ever(
    copy: Path, instance: DagsterInstance, models: Path, separated: Separated
) -> None:
    separated.reasons = {"listed.wav": "the separation failed: ValueError: no", "DEABC2400002.wav": "out of memory: x"}
    for _ in range(4):
        assert run(copy / "lake", copy / "inbox", instance, models=models).success
    assert {row[0] for row in stems(copy)} == {"T0001-01"}
    assert ask(copy / "lake", "select count(*) from audio_analyses") == [(3,)]
    assert separated.asked.count("listed.wav") == 1
    assert separated.asked.count("DEABC2400002.wav") == 3, "memory may be there the next time, three times"


def test_without_a_model_it_is_skipped_and_said(copy: Path, instance: DagsterInstance) -> None:
    done = run(copy / "lake", copy / "inbox", instance)
    assert done.success
    assert str(done.metadata["silver/stems"]["stems"]).startswith("skipped: ")
    assert stems(copy) == []
