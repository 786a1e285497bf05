"""Libraries in our place: what is made of their answers, by a library of the test's own, and by the real ones."""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from audio.analysis import Analysis
from audio.backends import BACKENDS, Backend, analyse, why_not, work_of
from audio.backends.answers import Answers, filled
from audio.decode import Samples
from audio.guard import NotAnalysedError
from audio.jams_file import NAMESPACES, as_jams
from tests.needs import need_packages
from tests.unit.audio.conftest import RATE, clicks, tone


def triads(seconds: float) -> np.ndarray:
    """C, G, A minor and F, a bar of 2 s each, over clicks at 120 BPM."""
    sound = 0.4 * clicks(120, seconds)
    for bar in range(int(seconds / 2)):
        steps = ((0, 4, 7), (7, 11, 14), (9, 12, 16), (5, 9, 12))[bar % 4]
        here = slice(bar * 2 * RATE, (bar + 1) * 2 * RATE)
        sound[here] += sum(tone(261.63 * 2 ** (step / 12), 2.0, 0.12) for step in steps)
    return sound


class Sure(ModuleType):
    """A library that hears 120 BPM and C major in everything, and keeps what it was given."""

    RATE = 16_000

    def __init__(self) -> None:
        super().__init__("tests.sure_library")
        self.given: list[Samples] = []

    def tool(self) -> str:
        return "sure 1.0"

    def hear(self, samples: Samples) -> Answers:
        self.given.append(samples)
        end_s = samples.size / self.RATE
        return Answers(
            120.0, np.arange(0.5, end_s, 0.5), "C:major", 440.0, ((2.0, 4.0, "C:maj"),), ((0.0, end_s, "A"),)
        )


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> Sure:
    library = Sure()
    monkeypatch.setitem(sys.modules, library.__name__, library)
    monkeypatch.setitem(BACKENDS, "sure", Backend(library.__name__))
    return library


def test_a_library_gets_the_decoded_song_once_and_its_answers_become_jams(
    sure: Sure, written: Callable[..., Path]
) -> None:
    sound = triads(16.0)
    analysis = analyse(written(0.7 * sound / np.abs(sound).max()), "sure")
    (given,) = sure.given
    assert given.size == pytest.approx(16.0 * sure.RATE, abs=64)
    assert float(np.abs(given).max()) == pytest.approx(0.7, abs=0.1)
    whole = as_jams(analysis, "song")
    whole.validate(strict=True)
    assert [one.namespace for one in whole.annotations] == list(NAMESPACES)
    assert {one.annotation_metadata.annotation_tools for one in whole.annotations} == {
        "lacquer analyze --backend sure (sure 1.0)"
    }
    assert whole.sandbox.lacquer["backend"] == "sure"
    assert [bpm for bpm, _ in analysis.tempi] == [120.0, 60.0]
    assert sum(share for _, share in analysis.tempi) == pytest.approx(1)
    assert [(one.start_s, one.label) for one in analysis.chords] == [(0.0, "N"), (2.0, "C:maj"), (4.0, "N")]
    assert analysis.confidence == {}, "what is fitted on our answers says nothing of others'"
    chords = whole.search(namespace="^chord$")[0].data
    assert {one.confidence for one in chords} == {None}


@pytest.mark.parametrize("kind", ["noise", "sine"])
def test_what_a_library_hears_where_there_is_no_music_is_taken_away(
    sure: Sure, written: Callable[..., Path], kind: str
) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 12 * RATE)
    analysis = analyse(written(noise if kind == "noise" else tone(440, 12.0)), "sure")
    assert (analysis.tempi, analysis.beats, analysis.key, analysis.tuning_hz) == ([], [], None, None)
    assert [one.label for one in analysis.chords] == ["N"]


def test_the_guard_stands_before_the_library(sure: Sure, written: Callable[..., Path]) -> None:
    with pytest.raises(NotAnalysedError, match="silent"):
        analyse(written(np.zeros(3 * RATE)), "sure")
    assert sure.given == []


def test_gaps_and_overlaps_between_chords_leave_no_hole() -> None:
    made = filled(((0.5, 1.0, "C:maj"), (1.0, 2.0, "C:maj"), (1.5, 3.0, "A:min"), (4.0, 9.0, "G:maj")), 6.0)
    assert [(one.start_s, one.end_s, one.label) for one in made] == [
        (0.0, 0.5, "N"),
        (0.5, 2.0, "C:maj"),
        (2.0, 3.0, "A:min"),
        (3.0, 4.0, "N"),
        (4.0, 6.0, "G:maj"),
    ]


def test_a_backend_that_is_not_there_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_not("own") is None
    assert why_not("ears") == "there is no backend 'ears'; there are own, librosa, essentia"
    monkeypatch.setitem(BACKENDS, "absent", Backend("audio.backends.absent", "no_such_package", "MIT"))
    assert why_not("absent") == (
        "the backend absent needs the package no_such_package (MIT); install it with make no_such_package"
    )


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["librosa", "essentia"])
def test_a_library_hears_a_plain_song_through_the_pool(name: str, written: Callable[..., Path], tmp_path: Path) -> None:
    """120 BPM and a triad on every bar are heard by all; the process has its memory bounded."""
    from audio.pool import Job, analyse_all

    need_packages(name, target=name)
    job = Job(written(triads(8.0) / 3), tmp_path / "song.jams", name)
    (outcome,) = analyse_all([job], 1, work_of(name))
    assert outcome.told is not None, outcome.reason
    assert outcome.told["backend"] == name
    assert min(abs(np.log2(outcome.told["bpm"] / 120 * factor)) for factor in (0.5, 1, 2)) < 0.06


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["librosa", "essentia"])
def test_a_library_hears_key_and_chords(name: str, written: Callable[..., Path]) -> None:
    need_packages(name, target=name)
    sound = triads(32.0)
    analysis: Analysis = analyse(written(0.7 * sound / np.abs(sound).max()), name)
    assert analysis.key == "C:major"
    assert analysis.tuning_hz == pytest.approx(440, abs=2)
    assert {"C:maj", "G:maj", "A:min", "F:maj"} <= {one.label for one in analysis.chords}
    assert all(one.end_s == other.start_s for one, other in pairwise(analysis.chords))
