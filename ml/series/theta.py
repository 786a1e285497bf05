"""The Theta method: the season taken out, exponential smoothing with half of the linear trend, the season put back.

Assimakopoulos and Nikolopoulos (2000), "The theta model: a decomposition approach to forecasting", in the form of
Hyndman and Billah (2003), "Unmasking the Theta method": smoothing with a drift of half the slope. The season is taken
out where it shows by the test of the M competitions: the correlation at its lag is beyond 1.645 standard errors.

Belongs here: that rule, of many series at once. Does not belong here: the other rules (simple.py).
"""

from __future__ import annotations

import numpy as np

from ml.evaluation.arrays import Bools, Floats, Ints
from ml.series.features import Rows
from ml.series.panel import Shaped

RATES = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99])
SEASONS, LEAST_STEPS = 6, 120  # so much of the past is looked at
CHUNK = 2_000  # series and origins at a time
SURE = 1.645  # standard errors: a season shows in nine of ten


def theta(shaped: Shaped, season: int, rows: Rows) -> Floats:
    """The rule: per row the value at the step, or the mean of all steps to it."""
    longest = int(shaped.lengths.max()) + 1
    keys, place = np.unique(rows.series * longest + rows.last, return_inverse=True)
    steps = int(rows.ahead.max()) if len(rows.ahead) else 0
    made = np.empty((len(keys), steps))
    for begin in range(0, len(keys), CHUNK):
        chunk = keys[begin : begin + CHUNK]
        series, last = chunk // longest, chunk % longest
        past = known_past(shaped, series, last, max(SEASONS * season, LEAST_STEPS))
        made[begin : begin + CHUNK] = curves(past, shaped.is_log[series], season, steps)
    if rows.is_sum:
        made = made.cumsum(axis=1) / np.arange(1, steps + 1)
    found: Floats = made[place, rows.ahead - 1]
    return shaped.floored(found, rows.series)


def known_past(shaped: Shaped, series: Ints, last: Ints, width: int) -> Floats:
    """[series, width]: the values through `last`, each gap as the value before it; NaN ahead of the first value."""
    places = last[:, None] - np.arange(width - 1, -1, -1)
    inside = places >= 0
    past = np.where(inside, shaped.panel.values[shaped.offset[series][:, None] + np.where(inside, places, 0)], np.nan)
    at = np.where(np.isnan(past), -1, np.arange(width))
    at = np.maximum.accumulate(at, axis=1)
    filled: Floats = np.where(at >= 0, np.take_along_axis(past, np.maximum(at, 0), axis=1), np.nan)
    return filled


def curves(past: Floats, positive: Bools, season: int, steps: int) -> Floats:
    """[series, steps]: the forecasts from the end of each past."""
    index = np.ones((len(past), season))  # by place in the season, that of the last value last
    if season > 1:
        shows = positive & is_seasonal(past, season)
        index[shows] = seasonal_index(past[shows], season)
    phase = np.arange(past.shape[1]) - past.shape[1]  # -1 at the end
    adjusted = past / index[:, phase % season]
    known = ~np.isnan(adjusted)
    count = known.sum(axis=1)
    level, rate = smoothed(adjusted)
    drift = slopes(adjusted) / 2
    ahead = np.arange(1, steps + 1)
    begun = (1 - (1 - rate) ** count) / rate
    straight = level[:, None] + drift[:, None] * (ahead - 1 + begun[:, None])
    made: Floats = straight * index[:, (ahead - 1) % season]
    return made


def is_seasonal(past: Floats, season: int) -> Bools:
    """Whether at least three seasons are known and the correlation at the season's lag is no chance."""
    known = ~np.isnan(past)
    count = known.sum(axis=1)
    mean = np.where(known, past, 0.0).sum(axis=1) / np.maximum(count, 1)
    centred = np.where(known, past - mean[:, None], 0.0)
    spread = np.maximum((centred**2).sum(axis=1), 1e-300)
    lags = np.stack([(centred[:, lag:] * centred[:, :-lag]).sum(axis=1) / spread for lag in range(1, season + 1)])
    limit = SURE * np.sqrt((1 + 2 * (lags[:-1] ** 2).sum(axis=0)) / np.maximum(count, 1))
    shows: Bools = (count >= 3 * season) & (np.abs(lags[-1]) > limit)
    return shows


def seasonal_index(past: Floats, season: int) -> Floats:
    """[series, season]: mean ratio to the centred mean of a season, by place; their mean is 1."""
    wide = past.shape[1]
    kernel = np.full(season, 1.0 / season)
    if season % 2 == 0:
        kernel = np.concatenate([[0.5], np.ones(season - 1), [0.5]]) / season
    half = len(kernel) // 2
    centred = np.full_like(past, np.nan)
    centred[:, half : wide - half] = sum(
        weight * past[:, k : wide - 2 * half + k] for k, weight in enumerate(kernel.tolist())
    )
    ratio = past / centred
    index = np.ones((len(past), season))
    for place in range(season):
        own = ratio[:, (np.arange(wide) - wide) % season == place]
        seen = np.isfinite(own)
        index[:, place] = np.where(seen, own, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    index = np.where(index > 0, index, 1.0)
    found: Floats = index / index.mean(axis=1, keepdims=True)
    return found


def smoothed(past: Floats) -> tuple[Floats, Floats]:
    """Level at the end and rate of the exponential smoothing that misses least, begun at the first value."""
    level = np.full((len(past), len(RATES)), np.nan)
    missed = np.zeros((len(past), len(RATES)))
    for value in past.T:
        error = value[:, None] - level
        begins = np.isnan(level) & ~np.isnan(value)[:, None]
        missed += np.where(np.isnan(error), 0.0, error**2)
        level = np.where(begins, value[:, None], level + RATES * np.where(np.isnan(error), 0.0, error))
    best = missed.argmin(axis=1)
    return level[np.arange(len(past)), best], RATES[best]


def slopes(past: Floats) -> Floats:
    """Slope per step of the straight line through what is known; 0 where that is one value."""
    known = ~np.isnan(past)
    count = np.maximum(known.sum(axis=1), 1)
    time = np.arange(past.shape[1], dtype=np.float64)
    middle = (known * time).sum(axis=1) / count
    apart = np.where(known, time - middle[:, None], 0.0)
    spread = (apart**2).sum(axis=1)
    total = (apart * np.where(known, past, 0.0)).sum(axis=1)
    found: Floats = np.divide(total, spread, out=np.zeros(len(past)), where=spread > 0)
    return found
