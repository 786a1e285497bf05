"""Forecasts without a model: the rules that it has to beat, and what serves a series it cannot be asked about.

Each rule gives, per row, the value aimed at in the series' own units (the mean over the window for a sum). To add one:
a function `(shaped, season, rows) -> values`, a line in RULES, its NumPy twin in the tests.

Belongs here: point forecasts. Does not belong here: which of them serves (rehearsal.py), spread (calibration.py).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.evaluation.arrays import Floats
from ml.series.features import Rows, seasonal_steps
from ml.series.panel import Shaped
from ml.series.theta import theta

Rule = Callable[[Shaped, int, Rows], Floats]
SMOOTHING = 0.1  # how fast the size of a demand is learnt anew, and Croston's interval
TSB_CHANCE = 0.05
SHORTEST_MEAN = 8  # steps that a mean is taken over where there is no season


def naive(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """The last known value again; for a sum, the last window of that width."""
    value = shaped.unbend(shaped.last_known(rows.series, rows.last), rows.series)
    if not rows.is_sum:
        return value
    seen = shaped.values.mean(rows.series, rows.last, rows.width)
    return np.where(np.isfinite(seen), seen * shaped.size[rows.series], value)


def drift(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """The last known value, and on from it by the mean step of all that is known; a sum at its middle.

    "Random walk with drift" of Hyndman and Athanasopoulos, "Forecasting: principles and practice", 5.2.
    """
    base = shaped.unbend(shaped.last_known(rows.series, rows.last), rows.series)
    step = (base - _first(shaped, rows)) / np.maximum(rows.last, 1)
    return shaped.floored(base + step * _middle(rows), rows.series)


def growth(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """As drift, in the series' shape: a series above zero grows by the same share with every step."""
    base = shaped.last_known(rows.series, rows.last)
    first = shaped.shape(_first(shaped, rows), rows.series)
    step = (base - first) / np.maximum(rows.last, 1)
    return shaped.unbend(base + step * _middle(rows), rows.series)


def _first(shaped: Shaped, rows: Rows) -> Floats:
    return shaped.panel.values[shaped.offset[rows.series]]


def _middle(rows: Rows) -> Floats:
    """Steps to the target, to its middle where it is a sum."""
    return (rows.ahead + 1) / 2 if rows.is_sum else rows.ahead.astype(np.float64)


def seasonal_naive(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """The same steps one season before, more where the target reaches over one; naive where there were none."""
    whole = -(-rows.ahead // season)
    end = rows.last + rows.ahead - season * whole
    seen = np.where(end - rows.width + 1 >= 0, shaped.values.mean(rows.series, end, rows.width), np.nan)
    return np.where(np.isfinite(seen), seen * shaped.size[rows.series], naive(shaped, season, rows))


def seasonal_mean(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """The level of the last season and the mean of the same steps over up to four, in the series' shape.

    Averaging the season halves what last season's chance adds to seasonal_naive. That one where there was no season.
    """
    level = shaped.window(rows.series, rows.last, season)
    profile = seasonal_steps(shaped, rows, season)[1]
    made = shaped.unbend(level + profile, rows.series)
    return np.where(np.isfinite(made) & (season > 1), made, seasonal_naive(shaped, season, rows))


def recent_mean(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """The mean of the last season (at least 8 steps), the last known value where nothing of it is known."""
    seen = shaped.values.mean(rows.series, rows.last, max(season, SHORTEST_MEAN)) * shaped.size[rows.series]
    return np.where(np.isfinite(seen), seen, naive(shaped, season, rows))


def tsb(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """For demand with many zeros: the chance of any times its usual size, both smoothed over every known step.

    Teunter, Syntetos and Babai (2011), "Intermittent demand: linking forecasting to inventory obsolescence", started
    from the series' mean chance and size.
    """
    return _of_each(shaped, rows, _tsb)


def croston(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """The usual size of a demand over the usual steps from one to the next, both smoothed at each demand.

    Croston (1972), "Forecasting and stock control for intermittent demands", started from the series' means.
    """
    return _of_each(shaped, rows, _croston)


def sba(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """Croston's forecast less half of its smoothing, by which it is too high on the mean.

    Syntetos and Boylan (2005), "The accuracy of intermittent demand estimates".
    """
    return (1 - SMOOTHING / 2) * croston(shaped, season, rows)


def _of_each(shaped: Shaped, rows: Rows, rule: Callable[[Floats], float]) -> Floats:
    """A rule of the known past of each row's series, once for rows that share it."""
    key = rows.series * (int(shaped.lengths.max()) + 1) + rows.last
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    found = np.array([rule(known_values(shaped, int(rows.series[k]), int(rows.last[k]))) for k in first])
    return found[place] if len(found) else np.empty(0)


def known_values(shaped: Shaped, series: int, last: int) -> Floats:
    """What is known of one series through `last`, without the gaps."""
    begin = shaped.offset[series]
    y = shaped.panel.values[begin : begin + last + 1]
    return y[~np.isnan(y)]


def _smoothed(values: Floats, rate: float) -> float:
    """Exponential smoothing of all values, begun at their mean."""
    weights = rate * (1 - rate) ** np.arange(len(values))[::-1]
    return float(weights @ values + (1 - rate) ** len(values) * values.mean())


def _tsb(y: Floats) -> float:
    sold = y[y != 0]
    if not len(sold):
        return 0.0
    return _smoothed((y != 0).astype(np.float64), TSB_CHANCE) * _smoothed(sold, SMOOTHING)


def _croston(y: Floats) -> float:
    places = np.flatnonzero(y)
    if not len(places):
        return 0.0
    return _smoothed(y[places], SMOOTHING) / _smoothed(np.diff(places, prepend=-1).astype(np.float64), SMOOTHING)


RULES: dict[str, Rule] = {
    "naive": naive,
    "growth": growth,
    "drift": drift,
    "theta": theta,
    "seasonal_naive": seasonal_naive,
    "seasonal_mean": seasonal_mean,
    "recent_mean": recent_mean,
}
# For series that are mostly zero; the first serves where none is better.
INTERMITTENT: dict[str, Rule] = {"tsb": tsb, "croston": croston, "sba": sba}
