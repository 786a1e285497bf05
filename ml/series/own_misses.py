"""How far each series' own misses in the rehearsal widen or narrow its range, shrunk to those of all series.

A pool of errors in units of variability is right on the whole and wrong at its ends: a steady series that turns is
missed by many of its small steps, a wild one that returns to its mean by few. So a series' errors are measured by its
variability times its own mean miss, of which the pool makes up `weight` origins. The weight is the one with which a
series' misses of a step would have foretold best those of windows that share no step with them; where they foretell
nothing it is without end, and the pool alone counts.

Belongs here: that factor. Does not belong here: the pool's quantiles (ml/evaluation/conformal.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.evaluation.arrays import Floats
from ml.series.features import Rows

WEIGHTS = (np.inf, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0)
LEVELS = (0.1, 0.9)
LARGEST_MISS = 5.0  # of the mean miss; one broken origin does not decide
FEWEST_ROWS = 200  # whose series has a window apart from theirs


@dataclass(frozen=True)
class OwnMisses:
    """Factors on variability: of each row from the other origins of its series, of each series from all of them."""

    rows: Floats
    series: Floats


def own_misses(rows: Rows, errors: Floats, size: Floats, n_series: int) -> OwnMisses:
    """The factors.

    Args:
        rows: held back.
        errors: of each row, in units of variability.
        size: the mean absolute error of all series at the row's step.
        n_series: of the panel; a series without a row has the factor 1.
    """
    miss = np.minimum(np.abs(errors) / size, LARGEST_MISS)
    weight = _weight(rows, errors, size, miss)
    _, place, seen = np.unique(np.stack([rows.series, rows.last]), axis=1, return_inverse=True, return_counts=True)
    owner = np.zeros(len(seen), np.int64)
    owner[place] = rows.series
    at_origin = np.bincount(place, miss, len(seen)) / np.maximum(seen, 1)
    origins = np.bincount(owner, minlength=n_series).astype(np.float64)
    total = np.bincount(owner, at_origin, n_series).astype(np.float64)
    others = factor(total[rows.series] - at_origin[place], origins[rows.series] - 1, weight)
    return OwnMisses(others, factor(total, origins, weight))


def factor(total: Floats, count: Floats, weight: float) -> Floats:
    """The mean of the misses (their total, their count) and of `weight` misses of 1."""
    if not np.isfinite(weight):
        return np.ones(len(total))
    found: Floats = (weight + total) / (weight + count)
    return found


def _weight(rows: Rows, errors: Floats, size: Floats, miss: Floats) -> float:
    total, count = apart(rows, miss)
    known = count > 0
    if known.sum() < FEWEST_ROWS:
        return float(np.inf)
    losses = {w: _loss(errors[known], size[known] * factor(total, count, w)[known]) for w in WEIGHTS}
    return min(losses, key=losses.__getitem__)


def apart(rows: Rows, miss: Floats) -> tuple[Floats, Floats]:
    """Per row sum and number of the misses of its series at its step whose windows share no step with its own."""
    far = int(rows.last.max() + rows.ahead.max()) + 2 if len(rows.last) else 1
    _, group = np.unique(np.stack([rows.series, rows.ahead]), axis=1, return_inverse=True)
    key = group * (3 * far) + far + rows.last
    order = np.argsort(key, kind="stable")
    ordered, sums = key[order], np.concatenate([[0.0], np.cumsum(miss[order])])
    begin = np.searchsorted(ordered, group * (3 * far))
    end = np.searchsorted(ordered, (group + 1) * (3 * far))
    before = np.searchsorted(ordered, key - rows.ahead, "right")
    after = np.searchsorted(ordered, key + rows.ahead, "left")
    total = sums[before] - sums[begin] + sums[end] - sums[after]
    return total, (before - begin + end - after).astype(np.float64)


def _loss(errors: Floats, by: Floats) -> float:
    """Mean pinball loss of ranges that are the same in units of `by`."""
    lost = 0.0
    for level in LEVELS:
        over = errors - by * np.quantile(errors / by, level)
        lost += float(np.maximum(level * over, (level - 1) * over).mean())
    return lost
