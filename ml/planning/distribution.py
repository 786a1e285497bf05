"""Every level of a forecast from its P10, P50 and P90.

`log(units + 1)` is laid linearly over the normal score of the level, one line from P10 to P50 and one from P50 to P90,
each going on beyond its end: a two-piece log-normal (Wallis 2014, "The two-piece normal, binormal, or double Gaussian
distribution") fixed by quantiles instead of moments. It meets the three quantiles exactly, rises with the level, and
puts everything below zero on zero. Beyond P10 and P90 it is an assumption; docs/benchmarks.md says how it held.

The forecast is of demand: what would be sold if there were enough. It is not cut off at the stock.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SCORE_90 = 1.2815515655446004  # normal score of P90


def _slopes(p10: Floats, p50: Floats, p90: Floats) -> tuple[Floats, Floats, Floats]:
    middle = np.log1p(p50)
    return middle, (middle - np.log1p(p10)) / SCORE_90, (np.log1p(p90) - middle) / SCORE_90


def quantile(p10: Floats, p50: Floats, p90: Floats, level: Floats | float) -> Floats:
    """Units (n,) that are not exceeded with the chance `level`, between 0 and 1 without both; never below zero."""
    from scipy.special import ndtri

    score = ndtri(np.asarray(level, dtype=np.float64))
    middle, below, above = _slopes(p10, p50, p90)
    units: Floats = np.maximum(np.expm1(middle + np.where(score < 0, below, above) * score), 0.0)
    return units


def chance_of_at_most(p10: Floats, p50: Floats, p90: Floats, units: Floats) -> Floats:
    """Chance (n,) that at most `units` are wanted.

    NaN where the forecast says nothing about it: P50 and P90 are one, and `units` is not below them. All that is known
    there is that the chance is at least 90%.
    """
    from scipy.special import ndtr

    middle, below, above = _slopes(p10, p50, p90)
    distance = np.log1p(np.maximum(units, 0.0)) - middle
    upper = np.divide(distance, above, out=np.full(len(middle), np.nan), where=above > 0)
    # Where P10 and P50 are one, what lies below them has at most the chance of P10.
    lower = np.divide(distance, below, out=np.full(len(middle), -SCORE_90), where=below > 0)
    return np.where(units < 0, 0.0, ndtr(np.where(distance < 0, lower, upper)))


def moved_to(median: Floats, p10: Floats, p50: Floats, p90: Floats) -> tuple[Floats, Floats, Floats]:
    """The same spread around another median: all quantiles of `units + 1` times one factor; never below zero."""
    factor = (median + 1) / (p50 + 1)
    return (
        np.maximum((p10 + 1) * factor - 1, 0.0),
        np.asarray(median, dtype=np.float64),
        np.maximum((p90 + 1) * factor - 1, 0.0),
    )
