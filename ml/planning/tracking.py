"""Bias that lasts: has one side of a release's forecasts been wrong again and again?

Two signals over the errors `actual - mean` of origins whose windows have ended and do not overlap, oldest first:

* Trigg (1964, "Monitoring a forecasting system"): the smoothed error over the smoothed absolute error, from -1 to 1.
* Brown (1959, "Statistical forecasting for inventory control"): the sum of errors over their mean absolute size.

Positive: more is sold than forecast. One of twenty releases whose normal errors have no bias passes the limit, with
errors as skewed as those of slow sellers one of eight: of many releases some alarms are chance, and an alarm is a
reason to look, not to correct.
"""

from __future__ import annotations

import numpy as np

from ml.planning.distribution import Floats

SMOOTHING = 0.2
# The size that Trigg's signal of so many normal errors without bias exceeds in 5% of 40,000 rows (simulated; a test
# repeats it). Fewer origins say nothing.
LIMITS = {6: 0.951, 8: 0.865, 10: 0.819, 12: 0.790, 18: 0.750, 24: 0.740}
LEAST_ORIGINS = min(LIMITS)


def tracking_signal(errors: Floats) -> tuple[Floats, Floats]:
    """Trigg's and Brown's signal (n,) of errors (n, origins), oldest first; NaN where there was no forecast.

    NaN where there is no error at all, or all are zero. Both smoothed errors begin at zero, so that their weights are
    the same and cancel.
    """
    smoothed, absolute = np.zeros(len(errors)), np.zeros(len(errors))
    for column in errors.T:
        there = ~np.isnan(column)
        smoothed[there] += SMOOTHING * (column[there] - smoothed[there])
        absolute[there] += SMOOTHING * (np.abs(column[there]) - absolute[there])
    nothing = np.full(len(errors), np.nan)
    trigg = np.divide(smoothed, absolute, out=nothing.copy(), where=absolute > 0)
    counts = (~np.isnan(errors)).sum(axis=1)
    sizes = np.nansum(np.abs(errors), axis=1)
    brown = np.divide(np.nansum(errors, axis=1) * counts, sizes, out=nothing, where=sizes > 0)
    return trigg, brown


def limit(origins: Floats) -> Floats:
    """The size of Trigg's signal (n,) that is taken for bias after so many origins; infinite below the least."""
    between = np.interp(origins, list(LIMITS), list(LIMITS.values()))
    return np.where(origins >= LEAST_ORIGINS, between, np.inf)


def verdict(trigg: Floats, origins: Floats) -> list[str | None]:
    """Per release: too low (more sold than was forecast), too high, or None where nothing is to be said."""
    signal = np.nan_to_num(trigg)
    said = np.where(signal > 0, "too low", "too high")
    return [str(word) if on else None for word, on in zip(said, np.abs(signal) > limit(origins), strict=True)]
