"""What serves a series that the model cannot be asked about, and how sure that is.

| method | serves |
|---|---|
| zero | a series that has only been zero: zero, for sure |
| constant | eight values or more that never differed: that value, for sure |
| mean | fewer than eight known values: their mean, as unsure as the other series usually are |
| tsb | at least half of the windows aimed at were zero: chance times size, quantiles from the series' own windows |

Belongs here: those four. Does not belong here: series that the model serves (forecaster.py).
"""

from __future__ import annotations

import numpy as np

from ml.series.boosting import FEWEST_KNOWN
from ml.series.features import Rows
from ml.series.panel import Bools, Floats, Ints, Shaped
from ml.series.rehearsal import Request
from ml.series.simple import known_values, tsb

MOSTLY_ZERO = 0.5
LATEST_WINDOWS = 400  # older ones say little about what sells now
FARTHEST_RATIO = 3.0  # by which the windows of the past are stretched to the mean that is expected now
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


def intermittent(shaped: Shaped, request: Request) -> dict[int, tuple[Floats, Floats]]:
    """Per intermittent series the mean (steps,) and quantiles (steps, levels), means over the window aimed at.

    A series counts as intermittent at a step where at least half of its latest windows of that width were zero; NaN at
    its other steps.
    """
    values = shaped.panel.values
    owner = np.repeat(np.arange(shaped.panel.n_series), shaped.lengths)
    zeros = np.bincount(owner[values == 0], minlength=shaped.panel.n_series)
    below = np.bincount(owner[values < 0], minlength=shaped.panel.n_series) > 0
    counts = known_counts(shaped)
    found = {}
    for series in np.flatnonzero((zeros >= MOSTLY_ZERO * counts) & ~below & (counts >= FEWEST_KNOWN)):
        row = Rows(np.array([series]), shaped.lengths[[series]] - 1, np.ones(1, dtype=np.int64), request.is_sum)
        expected = float(tsb(shaped, 1, row)[0])
        known = known_values(shaped, int(series), int(shaped.lengths[series]) - 1)
        found[int(series)] = _from_windows(known, expected, request)
    return found


def _from_windows(known: Floats, expected: float, request: Request) -> tuple[Floats, Floats]:
    steps, levels = request.steps, request.quantiles
    mean = np.full(len(steps), np.nan)
    quantiles = np.full((len(steps), len(levels)), np.nan)
    sums = np.concatenate([[0.0], np.cumsum(known)])
    for k, width in enumerate(steps if request.is_sum else (1,)):
        if width > len(known) // 2:
            continue
        windows = ((sums[width:] - sums[:-width]) / width)[-LATEST_WINDOWS:]
        if (windows <= 1e-12).mean() < MOSTLY_ZERO:
            continue
        usual = windows.mean()
        ratio = np.clip(expected / usual, 1 / FARTHEST_RATIO, FARTHEST_RATIO) if usual > 0 else 1.0
        place = slice(k, k + 1) if request.is_sum else slice(None)
        mean[place] = expected
        quantiles[place] = np.quantile(windows, levels) * ratio
    return mean, quantiles
