"""What is known of every series at one origin: who is forecast, how large it is, what a unit brings in.

Belongs here: population, level, price and the sizes that losses are divided by.
Does not belong here: features for the learner (features.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ml.evaluation.arrays import Bools, Floats
from ml.forecasting.panel import LEAST_IN_STOCK, Panel

POPULATION_DAYS = 365  # a series with a row this recently is forecast
ACTIVE_DAYS = 90  # a series with a sale this recently is active, else dormant
YOUNGEST = 28  # a rate is never taken over fewer days: one good first day is not a level
LEVEL_WEIGHTS = {90: 0.5, 28: 0.3, 364: 0.2}
PRICE_DAYS = 90
PRICE_FLOOR = 0.01  # share of the market's mean price: a release given away once is not worth nothing
RMSSE_WINDOWS = 12


@dataclass(frozen=True)
class Snapshot:
    """Arrays in series order at the end of day `day`."""

    day: int
    member: Bools
    active: Bools
    sold: Bools
    level: Floats
    price: Floats


def _age(panel: Panel, day: int) -> Floats:
    """Days since the first sale, at least 28."""
    age: Floats = np.maximum(day - np.minimum(panel.first_sale, day) + 1, YOUNGEST)
    return age


def _rate(panel: Panel, day: int, window: int) -> Floats:
    """Units a day in stock over the window, or over the series' life and the data where those are shorter.

    NaN where less than a quarter of those days was in stock.
    """
    first = day - window + 1
    days = np.minimum(min(window, day + 1), _age(panel, day))
    there = days - panel.days_out(first, day)
    return panel.in_stock("units", first, day) / np.where(there >= LEAST_IN_STOCK * days, there, np.nan)


def _level(panel: Panel, day: int) -> Floats:
    """The weighted mean of the rates that are known; what sold all told where none is."""
    rates = np.stack([_rate(panel, day, window) for window in LEVEL_WEIGHTS])
    weights = np.where(np.isfinite(rates), np.array(list(LEVEL_WEIGHTS.values()))[:, None], 0.0)
    total = weights.sum(axis=0)
    raw = panel.window("units", day - 363, day) / np.minimum(min(364, day + 1), _age(panel, day))
    mean = np.where(weights > 0, rates, 0.0) * weights
    level: Floats = np.divide(mean.sum(axis=0), total, out=raw, where=total > 0)
    return level


def _price(panel: Panel, day: int) -> Floats:
    units, revenue = panel.cumulative("units", day), panel.cumulative("revenue", day)
    # Exact sums: a rounded one depends on how many series there are, also on those that are yet to come.
    all_units = math.fsum(units)
    market = math.fsum(revenue) / all_units if all_units > 0 else 0.0
    ever = np.divide(revenue, units, out=np.full(panel.n_series, market), where=units > 0)
    recent_units = panel.window("units", day - PRICE_DAYS + 1, day)
    recent = panel.window("revenue", day - PRICE_DAYS + 1, day)
    price = np.divide(recent, recent_units, out=ever, where=recent_units > 0)
    floored: Floats = np.maximum(price, PRICE_FLOOR * market if market > 0 else 1.0)
    return floored


def snapshot(panel: Panel, day: int) -> Snapshot:
    """The snapshot of every series at the end of `day`; reads nothing later."""
    sold = panel.cumulative("active_days", day) > 0
    return Snapshot(
        day=day,
        member=panel.has_row(day - POPULATION_DAYS + 1, day),
        active=panel.window("active_days", day - ACTIVE_DAYS + 1, day) > 0,
        sold=sold,
        level=_level(panel, day),
        price=_price(panel, day),
    )


def loss_scale(panel: Panel, measure: str, day: int, horizon: int) -> Floats:
    """Mean units (or revenue) of `horizon` days over the last 364 days or the series' life, at least 1."""
    days = np.minimum(_age(panel, day), min(364, max(day + 1, YOUNGEST)))
    return np.maximum(panel.window(measure, day - 363, day) / days * horizon, 1.0)


def naive_squared_error(panel: Panel, measure: str, day: int, horizon: int) -> Floats:
    """Mean squared difference of neighbouring `horizon`-day windows before the origin, the denominator of RMSSE.

    Non-overlapping windows counted back from the origin, at most 12 pairs, none that begins ahead of the first sale
    (M5 leaves out leading zeros likewise); zero where fewer than two windows exist.
    """
    squares, pairs = np.zeros(panel.n_series), np.zeros(panel.n_series)
    for k in range(min((day + 1) // horizon - 1, RMSSE_WINDOWS)):
        last = day - k * horizon
        newer = panel.window(measure, last - horizon + 1, last)
        older = panel.window(measure, last - 2 * horizon + 1, last - horizon)
        alive = panel.first_sale <= last - 2 * horizon + 1
        # Sums of cents differ in the fifteenth digit; equal windows are equal.
        squares += np.where(alive, np.round(newer - older, 6) ** 2, 0.0)
        pairs += alive
    return np.divide(squares, pairs, out=np.zeros(panel.n_series), where=pairs > 0)
