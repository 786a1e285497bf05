"""Sections: where the music changes, and which stretches are alike.

Works on bars (or spans of two seconds): timbre, drums and harmony of each with its surroundings, a novelty curve by a
checkerboard along the diagonal of their self-similarity (Foote, 2000), and letters by average linkage.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audio.features import FRAMES_PER_S, PITCH_FRAMES_PER_S, Features, Floats
from audio.pitch import Chroma, over_spans

SPAN_S = 2.0
REACH_S = 9.0  # how much music on either side of a boundary is compared
SHORTEST_S = 5.0
ALIKE = 0.62


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
    described = _described(features, chroma, edges)
    boundaries, contrasts = _boundaries(described, edges)
    at = [0, *boundaries, len(edges) - 1]
    letters = _letters(described, at)
    strength = [0.0, *contrasts]
    return [
        Section(float(edges[begin]), float(edges[end]), letter, contrast)
        for begin, end, letter, contrast in zip(at[:-1], at[1:], letters, strength, strict=True)
    ]


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


def _boundaries(described: Floats, edges: NDArray[np.float64]) -> tuple[list[int], list[float]]:
    """Indices of edges where what follows differs from what went before, with how much."""
    count = len(described)
    span_s = float(np.median(np.diff(edges)))
    reach = int(np.clip(round(REACH_S / span_s), 2, 16))
    novelty = np.zeros(count + 1)
    for at in range(2, count - 1):
        before, after = described[max(0, at - reach) : at], described[at : at + reach]
        gap = np.linalg.norm(before.mean(axis=0) - after.mean(axis=0))
        inside = (before.std(axis=0) ** 2).sum() + (after.std(axis=0) ** 2).sum()
        novelty[at] = gap / np.sqrt(inside + 0.15)
    smallest = max(1, round(SHORTEST_S / span_s))
    threshold = max(0.55, float(novelty.mean() + 0.5 * novelty.std()))
    order = [int(at) for at in np.argsort(-novelty) if novelty[at] > threshold]
    chosen: list[int] = []
    for at in order:
        near = novelty[max(0, at - smallest) : at + smallest + 1]
        is_free = all(abs(at - other) >= smallest for other in [*chosen, 0, count])
        if is_free and novelty[at] >= near.max() - 1e-9:
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
