"""From what a library answers to an analysis: what there is no ground for goes, the rest stands beside ours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audio.analysis import Analysis, Beat, Heard
from audio.chords import NO_CHORD, Chord
from audio.embedding import embedding_of
from audio.features import FRAMES_PER_S, Features
from audio.onsets import Onsets, onsets_of
from audio.pitch import chroma_of, tuning_of
from audio.rhythm import have_pulse
from audio.sections import Section
from audio.tempo import FASTEST_BPM, SLOWEST_BPM, autocorrelation


@dataclass(frozen=True)
class Answers:
    """What a library heard. None or empty: it has no function for it, or found nothing.

    Attributes:
        bpm: the tempo.
        beats_s: seconds of the beats.
        key: as in JAMS' `key_mode`.
        tuning_hz: where A lies.
        chords: (start, end, label) in Harte's notation, in time; there may be gaps.
        sections: (start, end, label) without gaps.
    """

    bpm: float | None = None
    beats_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    key: str | None = None
    tuning_hz: float | None = None
    chords: tuple[tuple[float, float, str], ...] = ()
    sections: tuple[tuple[float, float, str], ...] = ()


def assembled(features: Features, told: Answers, backend: str, tool: str) -> Analysis:
    """The analysis of a library's answers. Libraries hear a tempo in applause and a key in a drone: those go."""
    tuning = tuning_of(features)
    heard = Heard(tuning, chroma_of(features, tuning.hz if tuning else 440.0), onsets_of(features), None)
    has_pulse, is_pitched = have_pulse(told.beats_s, heard.onsets, heard.chroma), heard.is_pitched
    end_s = features.duration_s
    return Analysis(
        duration_s=end_s,
        expected_s=features.decoded.expected_s,
        is_partial=features.decoded.is_partial,
        tempi=two_tempi(told.bpm, heard.onsets) if has_pulse and told.bpm else [],
        beats=[Beat(float(at), None) for at in told.beats_s] if has_pulse else [],
        beats_per_bar=None,
        key=told.key if is_pitched else None,
        tuning_hz=told.tuning_hz if is_pitched else None,
        chords=filled(told.chords if is_pitched else (), end_s),
        sections=[Section(*one, 0.0) for one in told.sections],
        loudness=features.loudness,
        embedding=embedding_of(features, heard.onsets, heard.chroma),
        confidence={},
        outline=features.outline,
        backend=backend,
        tool=f"lacquer analyze --backend {backend} ({tool})",
    )


def two_tempi(bpm: float, onsets: Onsets) -> list[tuple[float, float]]:
    """The tempo and its half or double, whichever the onsets come round at more; shares by how much they do."""
    lags, curve = autocorrelation(onsets.strength)

    def at(tempo: float) -> float:
        return max(float(np.interp(60 * FRAMES_PER_S / tempo, lags, curve)), 1e-3)

    usual = [bpm * factor for factor in (0.5, 2.0) if SLOWEST_BPM < bpm * factor < FASTEST_BPM]
    other = max(usual or [bpm / 2], key=at)
    share = max(0.5, at(bpm) / (at(bpm) + at(other)))
    return [(bpm, share), (other, 1 - share)]


def filled(chords: tuple[tuple[float, float, str], ...], end_s: float) -> list[Chord]:
    """The chords from 0 to the end, neighbours of one label joined, `N` in the gaps."""
    whole: list[tuple[float, float, str]] = []
    for start, stop, label in [*chords, (end_s, end_s, NO_CHORD)]:
        start, stop = min(max(start, 0.0), end_s), min(stop, end_s)
        before = whole[-1][1] if whole else 0.0
        if start > before + 1e-6:
            whole.append((before, start, NO_CHORD))
        if stop > max(start, before):
            whole.append((max(start, before), stop, label))
    joined: list[tuple[float, float, str]] = []
    for start, stop, label in whole:
        if joined and joined[-1][2] == label:
            joined[-1] = (joined[-1][0], stop, label)
        else:
            joined.append((start, stop, label))
    return [Chord(start, stop, label, 0.0) for start, stop, label in joined]


def spans(edges_s: Sequence[float] | NDArray[np.floating], labels: list[str]) -> tuple[tuple[float, float, str], ...]:
    """(start, end, label) between successive edges; edges beyond the labels are left out."""
    return tuple(
        (float(start), float(stop), label)
        for (start, stop), label in zip(pairwise(edges_s), labels, strict=False)
        if stop > start
    )
