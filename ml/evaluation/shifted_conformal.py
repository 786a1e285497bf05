"""Quantiles and mean around any point forecast, from its own errors on windows that have already ended.

Split conformal prediction (Vovk et al. 2005; Romano, Patterson, Candes 2019) with two turns:

* Errors are log ratios `log((actual + 1) / (point + 1))` in unit equivalents, pooled over series within bins of
  forecast size (Mondrian bins), because small releases err relatively more.
* All series of one window share the market's mood, so errors of one window are not exchangeable with those of
  another. Each window's mean error over active series (the common shift) is taken out of the pool and put back as a
  Student t draw with the spread of the shifts seen so far. That is the two-layer view of Dunn, Wasserman and Ramdas
  (2023, "Distribution-free prediction sets for two-layer hierarchical models"), in its parametric form since a year
  has only a dozen windows.

Belongs here: turning errors into quantiles. Does not belong here: making the forecasts (history.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.evaluation.arrays import Bools, Floats

QUANTILES = (0.1, 0.5, 0.9)
BINS = 6
BIN_ROWS = 200
MIN_RESIDUALS = 30
SHIFT_NODES = 9
SHIFT_PRIOR_WINDOWS = 6  # the prior of the shifts' spread counts as much as this many windows
SHIFT_PRIOR_SD = 0.1
UNSEEN_SEASON_SD = 0.6  # at 30 days; before a full year is known, nobody has seen the season that comes
UNCALIBRATED_SD = 1.0  # spread of a release's log error where no window has ended yet
LARGEST_RATIO = 20.0  # one bulk order must not set the mean of its bin


@dataclass(frozen=True)
class Matured:
    """Forecasts of one past window whose end lies at or before the origin, in unit equivalents, one row per series.

    `worth` is what a unit equivalent is worth in the target (the price for revenue): the mean is weighted by it.
    """

    point: Floats
    actual: Floats
    size: Floats
    worth: Floats
    active: Bools

    def only(self, rows: Bools) -> Matured:
        """The window of the chosen series."""
        return Matured(self.point[rows], self.actual[rows], self.size[rows], self.worth[rows], self.active[rows])


@dataclass(frozen=True)
class Calibration:
    """Per bin of forecast size: log ratios of the three quantiles and of the mean to the point forecast."""

    edges: Floats
    log_quantiles: Floats
    log_mean: Floats

    def spread(self, point: Floats, size: Floats) -> tuple[Floats, Floats]:
        """Mean (n,) and quantiles (n, 3) in unit equivalents, never below zero."""
        bins = np.searchsorted(self.edges, _key(point, size))
        quantiles = (point[:, None] + 1) * np.exp(self.log_quantiles[bins]) - 1
        mean = (point + 1) * np.exp(self.log_mean[bins]) - 1
        return np.maximum(mean, 0.0), np.maximum(quantiles, 0.0)


def _key(point: Floats, size: Floats) -> Floats:
    return np.log1p(0.5 * point + 0.5 * size)


def prior_shift_sd(days_known: int, horizon: int) -> float:
    """Prior spread of the common shift: wide while under a year is known, the wider the shorter the horizon.

    A season's peak weighs more in 30 days than in 90, where it is averaged with what lies around it.
    """
    if days_known > 364:
        return SHIFT_PRIOR_SD
    return UNSEEN_SEASON_SD * float((30 / horizon) ** (1 / 2))


def shift_nodes(shifts: Floats, prior_sd: float, centre: float | None = None) -> Floats:
    """Equally likely values of the next window's common shift: posterior predictive Student t around `centre`.

    By default that is the shifts' own mean, shrunk to 0 as by one more window without any.
    """
    from scipy.special import stdtrit

    n = len(shifts)
    centre = float(shifts.sum()) / (n + 1) if centre is None else centre
    freedom = max(n - 1, 0) + SHIFT_PRIOR_WINDOWS
    squares = float(((shifts - shifts.mean()) ** 2).sum()) if n else 0.0
    sd = np.sqrt((squares + SHIFT_PRIOR_WINDOWS * prior_sd**2) / freedom * (1 + 1 / max(n, 1)))
    levels = (np.arange(SHIFT_NODES) + 0.5) / SHIFT_NODES
    return np.asarray(centre + sd * stdtrit(freedom, levels), dtype=np.float64)


def _most(expected: Floats) -> Floats:
    """What an outcome counts as at most in the mean of its bin: 1 + sqrt(expected) times as much as expected, or 20.

    Of small sellers one in twenty comes back with many times its usual units. A mean that holds them describes none of
    the other nineteen, and they are some hundredth of all that sells.
    """
    most: Floats = expected * np.minimum(1 + np.sqrt(expected), LARGEST_RATIO)
    return most


def _common_shift(window: Matured) -> float:
    errors = np.log((window.actual + 1) / (window.point + 1))
    return float(errors[window.active].mean()) if window.active.any() else 0.0


def usual_shift(windows: Sequence[Matured]) -> float:
    """Mean common shift of the windows, shrunk to 0 as by one more window without any."""
    return sum(_common_shift(w) for w in windows) / (len(windows) + 1)


def calibrate(
    windows: Sequence[Matured],
    prior_sd: float,
    importance: Sequence[float] | None = None,
    *,
    centre: float | None = None,
) -> Calibration | None:
    """The calibration from matured windows; None when they hold fewer than 30 forecasts.

    `importance` weighs the errors of each window in the pool (not its share in the common shift); without it all errors
    count alike. The next window's common shift is put around `centre`: by default the usual shift of these windows,
    which a rule that does not learn will show again. A model that has been fitted to these windows since has 0: what it
    missed then is in its forecast by now.
    """
    if sum(len(w.point) for w in windows) < MIN_RESIDUALS:
        return None
    shifts = np.array([_common_shift(w) for w in windows])
    point = np.concatenate([w.point for w in windows])
    actual = np.concatenate([w.actual for w in windows])
    key = _key(point, np.concatenate([w.size for w in windows]))
    shift = np.repeat(shifts, [len(w.point) for w in windows])
    errors = np.log((actual + 1) / (point + 1)) - shift
    expected = (point + 1) * np.exp(shift)
    worth = np.concatenate([w.worth for w in windows])
    weight = None if importance is None else np.repeat(np.array(importance), [len(w.point) for w in windows])
    centre = usual_shift(windows) if centre is None else centre
    nodes = shift_nodes(shifts, prior_sd, centre)
    n_bins = int(np.clip(len(key) // BIN_ROWS, 1, BINS))
    edges = np.unique(np.quantile(key, np.linspace(0, 1, n_bins + 1)[1:-1]))
    bins = np.searchsorted(edges, key)
    quantiles, means = [], []
    for b in range(len(edges) + 1):
        rows = bins == b if (bins == b).any() else np.ones(len(bins), dtype=bool)
        quantiles.append(_quantiles(errors[rows, None] + nodes, None if weight is None else weight[rows]))
        capped = np.minimum(actual[rows] + 1, _most(expected[rows]))
        # Sums, not dot products: the last digit of what BLAS adds up depends on the machine's kernel and threads.
        valued = worth[rows] if weight is None else weight[rows] * worth[rows]
        ratio = (valued * capped).sum() / (valued * expected[rows]).sum()
        means.append(np.log(ratio) + centre)
    return Calibration(edges, np.array(quantiles), np.array(means))


def _quantiles(errors: Floats, weight: Floats | None) -> Floats:
    """The quantiles of errors (rows, nodes), each row of the weight beside it."""
    if weight is None:
        return np.asarray(np.quantile(errors.ravel(), QUANTILES), dtype=np.float64)
    every = np.repeat(weight, errors.shape[1])
    return np.asarray(np.quantile(errors.ravel(), QUANTILES, weights=every, method="inverted_cdf"), dtype=np.float64)


def uncalibrated(prior_sd: float) -> Calibration:
    """The spread where no window has ended yet: log-normal with a documented width, mean = point."""
    from scipy.special import ndtri

    sd = np.hypot(UNCALIBRATED_SD, prior_sd)
    return Calibration(np.empty(0), (sd * ndtri(np.array(QUANTILES)))[None, :], np.zeros(1))
