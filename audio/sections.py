"""Sections: where the music changes, and which stretches are alike.

Works on bars (or spans of two seconds): timbre, activity and harmony of the bars before and after each bar line are
compared, over a multiple of four bars because harmony comes round in fours; the largest differences are boundaries.
Letters come from average linkage of the stretches between them.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audio.features import FRAMES_PER_S, PITCH_FRAMES_PER_S, Features, Floats
from audio.pitch import Chroma, over_spans

SPAN_S = 2.0
REACH_S = 8.0  # how much music on either side of a boundary is compared
SHORTEST_S = 9.0
THRESHOLD = 1.05  # of the median difference
ALIKE = 0.62
EVENLY = 0.06  # spread of the log spectrum over time under which nothing changes: a drone, noise


@dataclass(frozen=True)
class Section:
    """A stretch with a letter; stretches of one letter repeat each other."""

    start_s: float
    end_s: float
    label: str
    contrast: float


def sections_of(
    features: Features, chroma: Chroma, downbeats_s: NDArray[np.float64], duration_s: float
) -> list[Section]:
    """The sections, without gaps from 0 to the end."""
    edges = _edges(downbeats_s, duration_s)
    spectrum = over_spans(np.log10(features.mel + 1e-6 * features.mel.max() + 1e-12), FRAMES_PER_S, edges)
    if len(edges) < 6 or float(spectrum.std(axis=0).mean()) < EVENLY:
        return [Section(0.0, duration_s, "A", 0.0)]
    described = _described(features, chroma, edges)
    boundaries, contrasts = _boundaries(described, edges, last_s=_last_sound(features))
    at = [0, *boundaries, len(edges) - 1]
    letters = _letters(described, at)
    strength = [0.0, *contrasts]
    return [
        Section(float(edges[begin]), float(edges[end]), letter, contrast)
        for begin, end, letter, contrast in zip(at[:-1], at[1:], letters, strength, strict=True)
    ]


def _last_sound(features: Features) -> float:
    """Seconds at which the music has died away."""
    power = features.mel.sum(axis=1)
    return float(np.flatnonzero(power > 1e-4 * power.max())[-1] / FRAMES_PER_S)


def _edges(downbeats_s: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    inner = downbeats_s if downbeats_s.size >= 4 else np.arange(SPAN_S, duration_s - SPAN_S / 2, SPAN_S)
    inner = inner[(inner > 0.3) & (inner < duration_s - 0.3)]
    return np.concatenate([[0.0], inner, [duration_s]])


def _described(features: Features, chroma: Chroma, edges: NDArray[np.float64]) -> Floats:
    """Each span's timbre and harmony, standardised, shape (spans, columns)."""
    from scipy import fft

    logs = np.log10(features.mel + 1e-9 * features.mel.max() + 1e-12)
    timbre = fft.dct(over_spans(logs, FRAMES_PER_S, edges), norm="ortho", axis=1)[:, :14]
    moving = np.abs(np.diff(logs, axis=0, prepend=logs[:1]))
    bands = np.stack([moving[:, :5].mean(1), moving[:, 5:20].mean(1), moving[:, 20:].mean(1)], axis=1)
    activity = over_spans(bands, FRAMES_PER_S, edges)
    pitches = over_spans(chroma.whole, PITCH_FRAMES_PER_S, edges)
    parts = [(timbre, 1.0), (activity, 0.8), (pitches, 0.7)]
    return np.concatenate([_standard(part) * weight / np.sqrt(part.shape[1]) for part, weight in parts], axis=1)


def _standard(part: Floats) -> Floats:
    spread = part.std(axis=0, keepdims=True)
    return np.asarray((part - part.mean(axis=0, keepdims=True)) / (0.5 * spread + 0.5 * spread.mean() + 1e-9))


def _boundaries(described: Floats, edges: NDArray[np.float64], last_s: float) -> tuple[list[int], list[float]]:
    """Indices of edges where what follows differs from what went before, with how much."""
    count = len(described)
    span_s = float(np.median(np.diff(edges)))
    reach = 4 * max(1, round(REACH_S / span_s / 4))
    novelty = np.zeros(count + 1)
    for at in range(2, count - 1):
        before, after = described[max(0, at - reach) : at], described[at : at + reach]
        novelty[at] = np.linalg.norm(before.mean(axis=0) - after.mean(axis=0))
    if not novelty.any():
        return [], []
    novelty /= np.median(novelty[novelty > 0])
    apart = max(1, round(SHORTEST_S / span_s))
    chosen: list[int] = []
    for at in map(int, np.argsort(-novelty)):
        if novelty[at] < THRESHOLD:
            break
        is_inside = min(3.0, 0.6 * SHORTEST_S) <= edges[at] <= last_s - 0.7 * SHORTEST_S
        if is_inside and all(abs(at - other) >= apart for other in chosen):
            chosen.append(at)
    chosen.sort()
    return chosen, [float(novelty[at]) for at in chosen]


def _letters(described: Floats, at: list[int]) -> list[str]:
    """A, B, … in order of appearance; stretches closer than `ALIKE` of the usual distance share one."""
    from scipy.cluster.hierarchy import fcluster, linkage

    means = np.stack([described[begin:end].mean(axis=0) for begin, end in pairwise(at)])
    if len(means) == 1:
        return ["A"]
    usual = float(np.median(np.linalg.norm(described - described.mean(axis=0), axis=1)))
    groups = fcluster(linkage(means, "average"), ALIKE * usual, "distance")
    named: dict[int, str] = {}
    for group in groups:
        named.setdefault(int(group), _letter(len(named)))
    return [named[int(group)] for group in groups]


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"{chr(ord('A') + number // 26 - 1)}{chr(ord('A') + number % 26)}"
