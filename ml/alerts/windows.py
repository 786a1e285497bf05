"""Windows over matrices (series, days): sums, lags, carried values, and what demand was to be expected."""

from __future__ import annotations

import numpy as np

from ml.triggers.grid import Floats


def window_sum(values: Floats, days: int, skip: int = 0) -> Floats:
    """The sum (series, days) of the `days` that end `skip` days before each day; unknown days count 0."""
    total = np.cumsum(np.nan_to_num(values), axis=1)
    return lagged(total, skip, 0.0) - lagged(total, skip + days, 0.0)


def lagged(values: Floats, days: int, fill: float = np.nan) -> Floats:
    """The values of `days` days before each day."""
    if days == 0:
        return values
    found = np.full(values.shape, fill)
    found[:, days:] = values[:, :-days]
    return found


def largest(values: Floats, days: int, skip: int = 0) -> Floats:
    """The largest value (series, days) of the `days` that end `skip` days before each day; NaN where none is known."""
    stack = np.stack([lagged(values, skip + lag) for lag in range(days)])
    return np.asarray(np.fmax.reduce(stack), dtype=np.float64)


def demand(values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Counts of 3 days, what was expected, its standard deviation (series, days), and the market's factor (days).

    Expected is the mean of 56 days, times what all series together did against theirs in these three days, between a
    half and two: a busy December is no news of one release. The variance is that of the series' own days, at least the
    pooled variance per unit times what was expected: orders are lumpy, and a quiet past does not say how lumpy.
    """
    counted = window_sum(values, 3)
    known = window_sum((~np.isnan(values)).astype(np.float64), 56, 3)
    mean = np.where(known >= 28, window_sum(values, 56, 3) / known, np.nan)
    variance = np.maximum(window_sum(values**2, 56, 3) / known - mean**2, 0.0)
    usable = ~np.isnan(mean)
    market = np.clip(np.where(usable, counted, 0).sum(axis=0) / np.maximum(np.nansum(3 * mean, axis=0), 1e-9), 0.5, 2.0)
    expected = 3 * mean * market
    lumpiness = np.nansum(np.where(usable, variance, 0), axis=0) / np.maximum(np.nansum(mean, axis=0), 1e-9)
    pooled = np.maximum(lumpiness, 1.0) * np.maximum(expected, 1.0)
    return counted, expected, np.sqrt(np.maximum(3 * variance * market, pooled)), market
