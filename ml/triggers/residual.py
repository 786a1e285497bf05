"""What a series was expected to be at each step, from earlier steps only, and how far off it was.

Two expectations compete: the median of the same place in the last cycles, and the median of the last cycle. At each
step the one with the smaller recent error serves. A deviation is divided by the scale of earlier deviations: 1.4826
times their median size, which is the standard deviation of a normal series and ignores outliers.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import polars as pl

from ml.triggers.grid import Floats

CYCLES = 7
SCALE_CYCLES = 5
MAD_TO_SIGMA = 1.4826
LEAST = 20


@dataclass(frozen=True)
class Residual:
    """Expectation, deviation and robust scale (T,) of one series; NaN where nothing is known."""

    expected: Floats
    deviation: Floats
    scale: Floats

    @property
    def sigmas(self) -> Floats:
        """The deviation in robust standard deviations, signed; 0 where nothing is known."""
        return np.nan_to_num(self.deviation / self.scale, nan=0.0, posinf=0.0, neginf=0.0)


def _before(values: Floats) -> Floats:
    return np.concatenate([[np.nan], values[:-1]]) if len(values) else values


def _series(values: Floats) -> pl.Series:
    return pl.Series(values).fill_nan(None)


def rolling_median(values: Floats, window: int, least: int = 5) -> Floats:
    """The median (T,) of the `window` values before each step, its own not among them."""
    found = _series(values).rolling_median(max(window, least), min_samples=least).cast(pl.Float64)
    return _before(found.fill_null(np.nan).to_numpy())


def smoothed(values: Floats, half_life: float) -> Floats:
    """The exponentially weighted mean (T,) up to each step; as it is for half-lives under one step."""
    if half_life < 1:
        return values
    found = _series(values).ewm_mean(half_life=half_life, ignore_nulls=True).forward_fill()
    return found.fill_null(np.nan).to_numpy()


def same_place(values: Floats, cycle: int, least: int = 2) -> Floats:
    """The median (T,) of the same place in the cycles before; NaN with fewer than `least` of them."""
    lags = np.full((CYCLES, len(values)), np.nan)
    for lag in range(1, CYCLES + 1):
        if lag * cycle < len(values):
            lags[lag - 1, lag * cycle :] = values[: -lag * cycle]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a step without any cycle before it is NaN
        found: Floats = np.nanmedian(lags, axis=0)
    return np.where((~np.isnan(lags)).sum(axis=0) >= least, found, np.nan)


def scale_of(deviation: Floats, window: int) -> Floats:
    """Robust standard deviation (T,) of the deviations before each step, with a floor against perfect series."""
    size = np.abs(deviation)
    robust = MAD_TO_SIGMA * rolling_median(size, window, LEAST)
    spread = _series(deviation).rolling_std(max(window, LEAST), min_samples=LEAST).cast(pl.Float64)
    largest = _before(np.maximum.accumulate(np.nan_to_num(size)))
    floor = np.fmax(0.1 * _before(spread.fill_null(np.nan).to_numpy()), 1e-3 * largest)
    return np.fmax(robust, floor) + 1e-9


def level_residual(values: Floats, cycle: int) -> Residual:
    """Deviation from the level: the median of the last cycle, of 28 steps where the cycle is shorter."""
    window = max(cycle, 28)
    expected = rolling_median(values, window)
    return _residual(values, expected, SCALE_CYCLES * window)


def seasonal_residual(values: Floats, cycle: int) -> Residual:
    """Deviation from the better of two expectations: the same place in the last cycles, or the level."""
    level = rolling_median(values, max(cycle, 28))
    if cycle < 2:
        return _residual(values, level, SCALE_CYCLES * 28)
    seasonal = same_place(values, cycle)
    window = 2 * max(cycle, 14)
    errors = [_before(smoothed(np.abs(values - one), window)) for one in (seasonal, level)]
    use_level = np.isnan(seasonal) | (errors[1] < errors[0])
    return _residual(values, np.where(use_level, level, seasonal), SCALE_CYCLES * max(cycle, 28))


def _residual(values: Floats, expected: Floats, window: int) -> Residual:
    deviation = values - expected
    return Residual(expected, deviation, scale_of(deviation, window))
