"""`fit` and `predict`: from a sales frame to calibrated cumulative forecasts of units and revenue.

Revenue is the units forecast times the release's recent price with a calibration of its own: a second LightGBM on
revenue won 0.2% of pinball on the wholesaler's nine development origins, for twice the time.

Belongs here: the fitted model and the frame that leaves it. Does not belong here: scoring (backtest.py, metrics.py).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.evaluation.arrays import Floats
from ml.evaluation.shifted_conformal import Calibration, calibrate, prior_shift_sd, uncalibrated, usual_shift
from ml.forecasting.boosting import Booster, Settings
from ml.forecasting.catalogue import align_catalogue
from ml.forecasting.facts import Facts
from ml.forecasting.features import HORIZONS
from ml.forecasting.history import CANDIDATES, ENSEMBLE, LIGHTGBM, TARGETS, History, Weights
from ml.forecasting.intervals import STATISTICS, monotone_over_horizons
from ml.forecasting.panel import SalesError, build_panel, check_columns
from ml.forecasting.rivals import CODE, METHODS, mean_28
from ml.forecasting.segments import SEGMENTS, segment_codes

Serving = Mapping[tuple[str, int], str | Mapping[str, str]]  # one candidate, or one per segment
ANY_METHOD = -1
RULES_OF_THUMB = tuple(CODE[name] for name in METHODS if name not in (LIGHTGBM, ENSEMBLE, "tsb"))


@dataclass(frozen=True)
class Model:
    """What a fit at `origin` learned: a booster per horizon, calibrations per candidate, target and horizon.

    A missing booster or an empty calibration is a documented fallback: see `predict`. `weights` are the ensemble's, by
    target and horizon.
    """

    origin: date
    settings: Settings
    boosters: dict[int, Booster | None]
    calibrations: dict[tuple[str, str, int], dict[int, Calibration]]
    weights: dict[tuple[str, int], Weights]


def default_settings(seed: int = 0, num_threads: int | None = None) -> Settings:
    """Settings with as many fits side by side as this process may use cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Settings(seed=seed, num_threads=num_threads or cores or 1)


def every(candidate: str) -> Serving:
    """The serving choice that takes one candidate everywhere."""
    return {(target, h): candidate for target in TARGETS for h in HORIZONS}


def open_history(
    sales: pl.DataFrame, catalogue: pl.DataFrame | None, settings: Settings, facts: Facts | None = None
) -> History:
    """The history of a checked sales frame; raises SalesError on bad rows."""
    panel = build_panel(sales, None if facts is None else facts.stock_outs)
    return History(panel, align_catalogue(panel, catalogue, facts), settings)


def _until(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
    check_columns(sales)
    known = sales.filter(pl.col("ds") <= origin)
    if known.is_empty():
        raise SalesError(f"sales: no row at or before the origin {origin}; choose a later origin")
    return known


def _calibrations(history: History, candidate: str, target: str, day: int, horizon: int) -> dict[int, Calibration]:
    windows = history.matured(candidate, target, day, horizon)
    prior, centre = prior_shift_sd(day + 1, horizon), _centre(history, candidate, target, day, horizon)
    found = {ANY_METHOD: calibrate([w.window for w in windows], prior, centre=centre)}
    codes = sorted({int(c) for w in windows for c in np.unique(w.method)})
    for code in codes if len(codes) > 1 else ():
        found[code] = calibrate([w.of_method(code) for w in windows if (w.method == code).any()], prior, centre=centre)
    return {code: calibration for code, calibration in found.items() if calibration is not None}


def _centre(history: History, candidate: str, target: str, day: int, horizon: int) -> float | None:
    """Where the next window's common shift is expected; None: where the candidate's own errors say.

    LightGBM has learnt from the windows that it missed. The ensemble misses what its simple members miss, each by its
    weight of today.
    """
    if candidate not in (LIGHTGBM, ENSEMBLE):
        return None
    weights = history.weights(target, day, horizon) if candidate == ENSEMBLE else {}
    shifts = {name: history.matured(name, target, day, horizon) for name in weights if name != LIGHTGBM}
    return float(sum(weights[name] * usual_shift([w.window for w in ws]) for name, ws in shifts.items()))


def fit_at(history: History, day: int) -> Model:
    """The model of one day of a history; reads nothing after that day."""
    history.prepare(day)
    boosters: dict[int, Booster | None] = {}
    calibrations: dict[tuple[str, str, int], dict[int, Calibration]] = {}
    for h in HORIZONS:
        for target in TARGETS:
            for candidate in CANDIDATES:
                calibrations[candidate, target, h] = _calibrations(history, candidate, target, day, h)
        calibrated = all(calibrations[LIGHTGBM, target, h] for target in TARGETS)
        boosters[h] = history.booster(day, h) if calibrated else None
        if boosters[h] is None:
            for target in TARGETS:
                calibrations[LIGHTGBM, target, h] = calibrations["mean_28", target, h]
    weights = {(target, h): history.weights(target, day, h) for target in TARGETS for h in HORIZONS}
    return Model(history.panel.date_of(day), history.settings, boosters, calibrations, weights)


def fit(
    sales: pl.DataFrame,
    origin: date,
    catalogue: pl.DataFrame | None = None,
    settings: Settings | None = None,
    facts: Facts | None = None,
) -> Model:
    """Fit at `origin`, the last day whose sales are known; rows after it are ignored. Raises SalesError on bad rows."""
    known = None if facts is None else facts.until(origin)
    history = open_history(_until(sales, origin), catalogue, settings or default_settings(), known)
    return fit_at(history, history.panel.day_of(origin))


def _statistics(
    model: Model, history: History, candidate: str, target: str, day: int, horizon: int
) -> tuple[Floats, NDArray[np.int8]]:
    """Mean and quantiles (n, 4) of the population and the code of the method of each."""
    known = history.snapshot(day)
    calibrations = model.calibrations[candidate, target, horizon]
    points = history.points(candidate, target, day, horizon, model.boosters[horizon], model.weights[target, horizon])
    value, method = points.value[known.member], points.method[known.member].copy()
    if not calibrations:
        value = mean_28(history.panel, target, day, horizon).value[known.member]
        method[:] = CODE["mean_28 (uncalibrated)"]
        calibrations = {ANY_METHOD: uncalibrated(prior_shift_sd(day + 1, horizon))}
    unit = known.price[known.member] if target == "revenue" else np.ones(len(value))
    size = (known.level * horizon)[known.member]
    result = np.zeros((len(value), len(STATISTICS)))
    for code in np.unique(method):
        rows = method == code
        calibration = calibrations.get(int(code), calibrations[ANY_METHOD])
        mean, quantiles = calibration.spread((value / unit)[rows], size[rows])
        # A rule of thumb's mean is the rule itself: that is the number people know it by.
        own = value[rows] if code in RULES_OF_THUMB else mean * unit[rows]
        result[rows] = np.column_stack([own, quantiles * unit[rows, None]])
    never = ~known.sold[known.member]
    result[never] = 0.0
    method[never] = CODE["zero"]
    return result, method


def _served(
    model: Model, history: History, serving: str | Mapping[str, str], target: str, day: int, horizon: int
) -> tuple[Floats, NDArray[np.int8]]:
    """Statistics and method codes of the population, each series from the candidate that serves its segment."""
    if isinstance(serving, str):
        return _statistics(model, history, serving, target, day, horizon)
    known = history.snapshot(day)
    segment = segment_codes(history.panel, known)[known.member]
    result, method = np.zeros((len(segment), len(STATISTICS))), np.zeros(len(segment), dtype=np.int8)
    for candidate in dict.fromkeys(serving.values()):
        rows = np.isin(segment, [k for k, name in enumerate(SEGMENTS) if serving[name] == candidate])
        statistics, methods = _statistics(model, history, candidate, target, day, horizon)
        result[rows], method[rows] = statistics[rows], methods[rows]
    return result, method


def predict_at(model: Model, history: History, day: int, serving: Serving) -> pl.DataFrame:
    """The frame of `predict` for one day of a history."""
    known = history.snapshot(day)
    ids = history.panel.ids.filter(pl.Series(known.member))
    names = pl.Series("name", METHODS)
    parts = []
    for target in TARGETS:
        made = [_served(model, history, serving[target, h], target, day, h) for h in HORIZONS]
        ordered = monotone_over_horizons(np.stack([statistics for statistics, _ in made]))
        for k, h in enumerate(HORIZONS):
            columns = {name: ordered[k, :, j] for j, name in enumerate(STATISTICS)}
            frame = pl.DataFrame({"unique_id": ids, "model": names.gather(made[k][1]), **columns})
            parts.append(frame.with_columns(pl.lit(h, pl.Int32).alias("horizon"), pl.lit(target).alias("target")))
    order = ("unique_id", "origin", "horizon", "target", "model", *STATISTICS)
    return pl.concat(parts).with_columns(pl.lit(history.panel.date_of(day)).alias("origin")).select(order)


def predict(
    model: Model,
    sales: pl.DataFrame,
    origin: date,
    catalogue: pl.DataFrame | None = None,
    serving: Serving | None = None,
    facts: Facts | None = None,
) -> pl.DataFrame:
    """Cumulative forecasts over origin+1 … origin+h of every series with a row in the 365 days up to the origin.

    Returns [unique_id, origin, horizon, target (units|revenue), model, mean, q0.1, q0.5, q0.9], one row per series,
    horizon and target; quantiles are non-decreasing and not below zero, every statistic grows with the horizon.
    `mean` is additive over series, quantiles are not. `serving` names the candidate per (target, horizon), or one
    per segment of it; by default lightgbm everywhere. `model` names what really made the row: the candidate, or its
    fallback:

    * mean_28 where too little history has matured to fit or to calibrate lightgbm;
    * mean_28 (uncalibrated) where no window has ended yet: its spread is an assumption, not a measurement;
    * naive for seasonal_naive where the series is younger than a year;
    * zero where the series has rows but never sold a unit.
    """
    known = None if facts is None else facts.until(origin)
    history = open_history(_until(sales, origin), catalogue, model.settings, known)
    return predict_at(model, history, history.panel.day_of(origin), serving or every(LIGHTGBM))
