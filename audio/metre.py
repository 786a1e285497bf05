"""Bars: how many beats they have, and which beat is the first.

Chords and bass notes change, and low drums fall, on first beats more than on others; and what a bar plays comes again a
bar later. A metre and its phase are scored by the correlation of that evidence with the pattern that they predict.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.features import FRAMES_PER_S, PITCH_FRAMES_PER_S
from audio.onsets import Onsets
from audio.pitch import Chroma, over_spans

METRES = {2: -0.10, 3: 0.0, 4: 0.08, 5: -0.08, 6: -0.10}
WEIGHTS = {"chord": 1.0, "bass": 0.7, "low": 0.5, "all": 0.35}
REPETITION = 0.6


@dataclass(frozen=True)
class Bars:
    """Beats in a bar, the index of the first downbeat among the beats, and how well that explains what is heard."""

    beats_per_bar: int
    first: int
    score: float
    margin: float


def bars_of(beats_s: NDArray[np.float64], onsets: Onsets, chroma: Chroma) -> Bars | None:
    """The most fitting metre and phase; None where there are too few beats to tell."""
    if beats_s.size < 8:
        return None
    evidence = _evidence(beats_s, onsets, chroma)
    again = _repetition(beats_s, onsets, chroma)
    options = []
    for beats_per_bar, bonus in METRES.items():
        if beats_s.size < 3 * beats_per_bar:
            continue
        for first in range(beats_per_bar):
            pattern = np.zeros(beats_s.size)
            pattern[first::beats_per_bar] = 1.0
            fit = float(np.corrcoef(evidence, pattern)[0, 1])
            options.append((fit + REPETITION * again.get(beats_per_bar, 0.0) + bonus, beats_per_bar, first))
    options.sort(reverse=True)
    (score, beats_per_bar, first), second = options[0], options[1]
    return Bars(beats_per_bar, first, score, score - second[0])


def _evidence(beats_s: NDArray[np.float64], onsets: Onsets, chroma: Chroma) -> NDArray[np.float64]:
    """How much each beat sounds like a first one, standardised."""
    interval = float(np.median(np.diff(beats_s)))
    edges = np.concatenate([[max(0.0, beats_s[0] - interval)], beats_s, [beats_s[-1] + interval]])
    parts = {
        "chord": _change(over_spans(chroma.whole, PITCH_FRAMES_PER_S, edges)),
        "bass": _change(over_spans(chroma.bass, PITCH_FRAMES_PER_S, edges)),
        "low": np.sqrt(at_beats(onsets.low, beats_s)),
        "all": at_beats(onsets.strength, beats_s),
    }
    total = np.zeros(beats_s.size)
    for name, weight in WEIGHTS.items():
        part = np.clip(parts[name], None, np.percentile(parts[name], 97))
        total += weight * (part - part.mean()) / (part.std() + 1e-9)
    return np.asarray(total / (total.std() + 1e-9))


def _change(spans: NDArray[np.float32]) -> NDArray[np.float64]:
    """One minus the cosine of each span with the one before it."""
    unit = spans / np.maximum(np.linalg.norm(spans, axis=1, keepdims=True), 1e-6)
    return np.asarray(1.0 - np.sum(unit[1:] * unit[:-1], axis=1), dtype=np.float64)


def _repetition(beats_s: NDArray[np.float64], onsets: Onsets, chroma: Chroma) -> dict[int, float]:
    """How alike the beats are that lie one bar apart, against beats at other distances."""
    interval = float(np.median(np.diff(beats_s)))
    columns = [
        at_beats(band, beats_s + shift * interval)
        for band in (onsets.low, onsets.middle, onsets.high)
        for shift in (0.0, 0.5)
    ]
    vectors = np.stack([(one - one.mean()) / (one.std() + 1e-9) for one in columns], axis=1)
    edges = np.concatenate([beats_s, [beats_s[-1] + interval]])
    pitches = over_spans(chroma.whole, PITCH_FRAMES_PER_S, edges)
    pitches = pitches - pitches.mean(axis=0)
    joined = np.concatenate([vectors, 2.0 * pitches / (pitches.std() + 1e-9) / np.sqrt(2)], axis=1)
    unit = joined / np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-9)
    lags = range(1, min(13, beats_s.size - 2))
    alike = {lag: float(np.mean(np.sum(unit[lag:] * unit[:-lag], axis=1))) for lag in lags}
    usual = float(np.mean(list(alike.values())))
    return {lag: (value + alike.get(2 * lag, value)) / 2 - usual for lag, value in alike.items()}


def at_beats(series: NDArray[np.floating], beats_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest value within 40 ms of each beat."""
    frames = np.clip(np.round((beats_s + 0.008) * FRAMES_PER_S).astype(np.int64), 0, series.size - 1)
    reach = 4
    padded = np.pad(np.asarray(series, dtype=np.float64), reach, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)[frames].max(axis=1))
