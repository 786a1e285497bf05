"""How well scores find labelled windows: average precision, VUS-PR, false alarms per week.

VUS-PR (Paparrizos et al. 2022, "Volume Under the Surface") averages the area under the precision-recall curve over
buffers around each window, in which labels fall off as the square root; here with the buffers that are given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml.triggers.grid import Floats

Labels = NDArray[np.bool_]


def average_precision(labels: Floats | Labels, scores: Floats) -> float:
    """The area under the precision-recall curve by steps; labels may be weights from 0 to 1. NaN without a label."""
    truth = np.asarray(labels, dtype=np.float64)
    if truth.sum() == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    hits, seen = np.cumsum(truth[order]), np.arange(1, len(truth) + 1)
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    precision, recall = (hits / seen)[last_of_ties], (hits / truth.sum())[last_of_ties]
    return float(np.sum(np.diff(np.concatenate([[0.0], recall])) * precision))


def vus_pr(labels: Labels, scores: Floats, buffers: Sequence[int]) -> float:
    """The mean over buffers of the average precision on labels that fall off around each window."""
    return float(np.mean([average_precision(_buffered(labels, buffer), scores) for buffer in buffers]))


def _buffered(labels: Labels, buffer: int) -> Floats:
    soft = labels.astype(np.float64)
    edges = np.diff(np.concatenate([[0], labels.astype(np.int8), [0]]))
    for first, last in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        for distance in range(1, buffer + 1):
            weight = np.sqrt(1 - distance / (2 * buffer + 1))
            for place in (first - distance, last - 1 + distance):
                if 0 <= place < len(soft):
                    soft[place] = max(soft[place], weight)
    return soft


def alarms(triggers: Labels) -> int:
    """Runs of neighbouring triggers: a run is one alarm."""
    return int(np.sum(np.diff(np.concatenate([[0], triggers.astype(np.int8)])) == 1))


def false_alarms(labels: Labels, triggers: Labels) -> int:
    """Alarms that touch no labelled window."""
    edges = np.diff(np.concatenate([[0], triggers.astype(np.int8), [0]]))
    runs = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    return sum(not labels[first:last].any() for first, last in runs)
