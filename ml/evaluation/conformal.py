"""Quantiles and mean around any point forecast, from what the same way of forecasting missed before.

Split conformal prediction (Vovk et al. 2005; Romano, Patterson and Candes 2019): on steps that were held back from the
fit, errors in the common shape are divided by the series' own variability and pooled over series; their quantiles,
with the finite-sample correction, are put around the new forecast. Each step (or window) has its own pool; a small one
borrows from its neighbours, whose errors are stretched to its size.

Belongs here: errors into spread. Does not belong here: which windows are held back (forecaster.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.evaluation.arrays import Floats, Ints

FEWEST_ERRORS = 10  # of all steps together; fewer say nothing about a tenth
POOL = 200
GRID = (np.arange(49) + 0.5) / 49
WIDEST_ASSUMED = 1.5  # in the shape; nobody has seen such a series leave for good
LEAST_SPREAD = 0.01  # standard deviation, in units of variability
ASSUMED_SPREAD = 1.25  # standard deviation of a normal step over its mean absolute one


@dataclass(frozen=True)
class Calibration:
    """Per step the errors of held-back forecasts in units of variability, sorted; `widest` is a bound in the shape.

    `mean_share` says how far from the median to the mean of the pooled errors the mean lies (ml.series.means). `own` is
    a factor per series on its variability (ml.series.own_misses), None for none.
    """

    errors: Mapping[int, Floats]
    widest: float = np.inf
    mean_share: float = 1.0
    own: Floats | None = None

    def spread(self, step: int, levels: Sequence[float]) -> Floats:
        """Errors at the levels, by the conformal rank `ceil((n + 1) level)` and its mirror below the median.

        A past without any miss still leaves a spread of a hundredth of the variability.
        """
        from scipy.special import ndtri

        pool = self.errors[step]
        found, middle = np.array([_rank(pool, level) for level in levels]), np.median(pool)
        least = middle + LEAST_SPREAD * ndtri(np.asarray(levels, dtype=np.float64))
        wide: Floats = np.where(np.asarray(levels) < 0.5, np.minimum(found, least), np.maximum(found, least))
        return wide

    def grid(self, step: int) -> Floats:
        """49 equally likely errors, whose mean stands for the mean of all."""
        return np.quantile(self.errors[step], GRID)


def _rank(pool: Floats, level: float) -> float:
    if level < 0.5:
        return -_rank(-pool[::-1], 1 - level)
    if level == 0.5:
        return float(np.median(pool))
    return float(pool[min(int(np.ceil((len(pool) + 1) * level)), len(pool)) - 1])


def calibrate(ahead: Ints, errors: Floats, steps: Sequence[int]) -> Calibration | None:
    """The calibration of each step from errors of all of them; None when there are fewer than 10."""
    known = np.isfinite(errors)
    ahead, errors = ahead[known], errors[known]
    if len(errors) < FEWEST_ERRORS:
        return None
    order = np.argsort(ahead, kind="stable")
    ahead, errors = ahead[order], errors[order]
    size = mean_misses(ahead, np.abs(errors), steps)
    even = errors / np.interp(ahead, list(size), list(size.values()))
    pools = {}
    for step in steps:
        near = np.argsort(np.abs(ahead - step), kind="stable")
        own = int(np.searchsorted(ahead, step, "right") - np.searchsorted(ahead, step, "left"))
        pools[step] = np.sort(even[near[: max(own, POOL)]] * size[step])
    return Calibration(pools)


def mean_misses(ahead: Ints, misses: Floats, steps: Sequence[int]) -> dict[int, float]:
    """How much is missed at each step: means that never shrink with the step, as errors do not."""
    found = {}
    for step in sorted(set(steps)):
        near = misses[ahead == step]
        found[step] = float(near.mean()) if len(near) else np.nan
    known = [step for step, miss in found.items() if np.isfinite(miss)]
    if not known:
        return {step: float(misses.mean()) + 1e-12 for step in found}
    filled = np.interp(list(found), known, [found[step] for step in known])
    return dict(zip(found, np.maximum.accumulate(filled) + 1e-12, strict=True))


def assumed(steps: Sequence[int], is_sum: bool) -> Calibration:
    """The spread where nothing could be held back: a random walk's, as wide as its steps so far make it."""
    from scipy.special import ndtri

    normal = ndtri(GRID) * ASSUMED_SPREAD
    pools = {step: normal * np.sqrt(step / 3 if is_sum and step > 3 else step) for step in steps}
    return Calibration(pools, WIDEST_ASSUMED)
