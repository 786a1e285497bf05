"""Bars: how many beats they have, and which beat is the first.

Chords and bass notes change, and drums are struck, on first beats more than on others. A metre and its phase are scored
by how strongly each kind of evidence goes with the pattern that they predict; the weights are those of a multinomial
logit over all metres and phases, fitted on the test songs that tuning may use.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.features import FRAMES_PER_S, PITCH_FRAMES_PER_S
from audio.onsets import LATE_S, Onsets, standardised
from audio.pitch import Chroma, over_spans

WEIGHTS = {"chord": 3.2, "chords around": 5.1, "bass": 1.4, "low": 1.2, "middle": 2.2, "all": 1.8}
METRES = {2: -0.9, 3: 0.4, 4: 0.0, 5: -0.5, 6: -1.2}
FEWEST_BARS = 3


@dataclass(frozen=True)
class Bars:
    """Beats in a bar, the index of the first downbeat among the beats, and how well that explains what is heard.

    Attributes:
        beats_per_bar: of the metre.
        first: index of the first downbeat.
        score: the logit of this metre and phase, above that of a pattern that nothing goes with.
        share: its probability among all metres and phases.
    """

    beats_per_bar: int
    first: int
    score: float
    share: float


def bars_of(beats_s: NDArray[np.float64], onsets: Onsets, chroma: Chroma) -> Bars | None:
    """The most fitting metre and phase; None where there are too few beats to tell."""
    if beats_s.size < 8:
        return None
    evidence = _evidence(beats_s, onsets, chroma)
    options = []
    for beats_per_bar, bonus in METRES.items():
        if beats_s.size < FEWEST_BARS * beats_per_bar:
            continue
        for first in range(beats_per_bar):
            pattern = np.zeros(beats_s.size)
            pattern[first::beats_per_bar] = 1.0
            pattern = (pattern - pattern.mean()) / pattern.std()
            options.append((float(np.mean(evidence * pattern)) + bonus, beats_per_bar, first))
    score, beats_per_bar, first = max(options)
    total = sum(np.exp(option[0] - score) for option in options)
    return Bars(beats_per_bar, first, score, float(1 / total))


def _evidence(beats_s: NDArray[np.float64], onsets: Onsets, chroma: Chroma) -> NDArray[np.float64]:
    """How much each beat sounds like a first one: the weighted sum of standardised parts."""
    interval = float(np.median(np.diff(beats_s)))
    edges = np.concatenate([[max(0.0, beats_s[0] - interval)], beats_s, [beats_s[-1] + interval]])
    whole = over_spans(chroma.whole, PITCH_FRAMES_PER_S, edges)
    parts = {
        "chord": _change(whole, 1),
        "chords around": _change(whole, 2),
        "bass": _change(over_spans(chroma.bass, PITCH_FRAMES_PER_S, edges), 1),
        "low": at_beats(standardised(onsets.low), beats_s),
        "middle": at_beats(standardised(onsets.middle), beats_s),
        "all": at_beats(onsets.strength, beats_s),
    }
    total = np.zeros(beats_s.size)
    for name, weight in WEIGHTS.items():
        part = np.minimum(parts[name], np.percentile(parts[name], 97))
        total += weight * (part - part.mean()) / (part.std() + 1e-9)
    return total


def _change(spans: NDArray[np.float32], reach: int) -> NDArray[np.float64]:
    """One minus the cosine of the means of so many spans after and before each inner edge."""
    sums = np.concatenate([np.zeros((1, spans.shape[1])), np.cumsum(spans, axis=0, dtype=np.float64)])
    at = np.arange(1, len(spans))
    before, after = sums[at] - sums[np.maximum(at - reach, 0)], sums[np.minimum(at + reach, len(spans))] - sums[at]
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return np.asarray(1.0 - np.sum(before * after, axis=1) / np.maximum(norms, 1e-6))


def at_beats(series: NDArray[np.floating], beats_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest value within 40 ms of each beat."""
    frames = np.clip(np.round((beats_s + LATE_S) * FRAMES_PER_S).astype(np.int64), 0, series.size - 1)
    reach = 4
    padded = np.pad(np.asarray(series, dtype=np.float64), reach, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)[frames].max(axis=1))
