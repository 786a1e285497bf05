"""What serves a series that the model cannot be asked about, and how sure that is.

| method | serves |
|---|---|
| zero | a series that has only been zero: zero, for sure |
| constant | eight values or more that never differed: that value, for sure |
| mean | fewer than eight known values: their mean, as unsure as the other series usually are |

Belongs here: those three. Does not belong here: series that are mostly zero (intermittent.py), or that the model serves
(forecaster.py).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ml.evaluation.arrays import Bools, Floats, Ints
from ml.series.boosting import FEWEST_KNOWN
from ml.series.panel import Shaped

LEAST_SPREAD = 0.1  # variability, in its shape, of a series that has shown none; about a tenth of its size
SHORT_SPREAD = 0.5  # variability of a series in its shape where no other series says more


def known_counts(shaped: Shaped) -> Ints:
    """Known values per series."""
    return shaped.values.counts[shaped.offset[1:]] - shaped.values.counts[shaped.offset[:-1]]


def mean_in_shape(shaped: Shaped) -> Floats:
    """The mean of each whole series in its shape, 0 where nothing is known."""
    every = np.arange(shaped.panel.n_series)
    found = shaped.window(every, shaped.lengths - 1, int(shaped.lengths.max()))
    return np.where(np.isfinite(found), found, 0.0)


def usual_variability(by: Floats) -> float:
    """The median of the variabilities that are known, and not less than a documented one where none can be."""
    known = by[np.isfinite(by)]
    return max(float(np.median(known)), LEAST_SPREAD) if len(known) else SHORT_SPREAD


def still_series(shaped: Shaped) -> tuple[Bools, Bools]:
    """Which series have only been zero, and which long enough ones never changed."""
    values, owner = shaped.panel.values, np.repeat(np.arange(shaped.panel.n_series), shaped.lengths)
    known = ~np.isnan(values)
    low = np.full(shaped.panel.n_series, np.inf)
    high = -low
    np.minimum.at(low, owner[known], values[known])
    np.maximum.at(high, owner[known], values[known])
    return (low == 0) & (high == 0), (low == high) & (low != 0) & (known_counts(shaped) >= FEWEST_KNOWN)


def straightness(shaped: Shaped) -> Floats:
    """Per series the share of its variance that a straight line has; 0 where it never changed, or has two values."""
    found = np.zeros(shaped.panel.n_series)
    for i, (begin, end) in enumerate(pairwise(shaped.offset)):
        at = np.flatnonzero(~np.isnan(shaped.panel.values[begin:end]))
        y = shaped.panel.values[begin:end][at] / shaped.size[i]
        if len(at) > 2 and np.ptp(y) > 0:
            found[i] = np.corrcoef(at, y)[0, 1] ** 2
    return found
