"""`fit` and `predict`: who forecasts each series, and how sure that is.

A fit first rehearses on the past, which gives everyone's spread and decides who serves, the simple rule where it wins.
If that is the model, it then is fitted again on everything. A series that it cannot be asked about has a fallback of
its own, and the method says which.

Belongs here: the order of work. Does not belong here: the model (boosting.py), rules (simple.py), fallbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ml.evaluation.arrays import Bools, Floats, Ints
from ml.evaluation.conformal import Calibration, assumed
from ml.forecasting.intervals import monotone_over_horizons
from ml.series.boosting import FEWEST_KNOWN, Part, Settings, covers, fit_parts, predict_rows
from ml.series.fallbacks import known_counts, mean_in_shape, still_series, straightness, usual_variability
from ml.series.features import Rows
from ml.series.frequency import Frequency
from ml.series.intermittent import intermittent
from ml.series.kinds import kinds
from ml.series.means import around, spread_means
from ml.series.panel import Panel, Shaped
from ml.series.rehearsal import BLEND, MODEL, Request, held_back, rehearse, variability
from ml.series.simple import INTERMITTENT, RULES

METHODS = (MODEL, BLEND, *RULES, *INTERMITTENT, "mean", "constant", "zero")
STRAIGHT = 0.95  # share of the variance on a line, from which a series without a rehearsal goes on along it
UNSURE = " (uncalibrated)"  # after the name of a method whose spread is assumed and not measured
Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Model:
    """A fit: the models, each method's calibration, its mean miss in the rehearsal, and who serves.

    `of_kind` names who serves a kind of series (rehearsal.kinds) in place of that, with its calibration.
    """

    request: Request
    frequency: Frequency
    settings: Settings
    parts: tuple[Part, ...]
    calibrations: dict[str, Calibration]
    misses: dict[str, float]
    serving: str
    of_kind: dict[int, tuple[str, Calibration]]


@dataclass(frozen=True)
class Forecast:
    """Mean and place of the method in METHODS, (series, steps); quantiles (series, steps, levels)."""

    mean: Floats
    quantiles: Floats
    method: Ints
    is_calibrated: bool


def fit(panel: Panel, frequency: Frequency, request: Request, settings: Settings, told: Told | None = None) -> Model:
    """Fit on everything in the panel; reads nothing after each series' origin but covariates known ahead.

    `told` hears what is done, how many models of it are fitted, and of how many.
    """

    def progress(what: str) -> Callable[[int, int], None] | None:
        return None if told is None else lambda done, total: told(what, done, total)

    shaped = Shaped(panel)
    longest = max(request.steps)
    back = held_back(shaped, frequency, longest)
    early, kept = panel.cut(shaped.lengths - back, longest)
    parts: list[Part] = []
    if early.n_series:
        half = {name: max(getattr(settings, name) // 2, 2) for name in ("rows_per_series", "fewest_rows")}
        smaller = replace(settings, **half)
        parts = fit_parts(Shaped(early), frequency, request.steps, request.is_sum, smaller, progress("rehearsing"))
    past = rehearse(shaped, frequency, request, settings, parts, back, kept)
    serving = past.serving or _without_past(shaped, frequency)
    needed = bool({MODEL, BLEND} & {serving, *(name for name, _ in past.of_kind.values())})
    if needed:
        parts = fit_parts(shaped, frequency, request.steps, request.is_sum, settings, progress("fitting"))
    chosen = tuple(parts) if needed else ()
    return Model(request, frequency, settings, chosen, past.calibrations, past.misses, serving, past.of_kind)


def _without_past(shaped: Shaped, frequency: Frequency) -> str:
    if np.median(straightness(shaped)) > STRAIGHT:
        return "drift"
    return "seasonal_naive" if np.median(shaped.lengths) >= 2 * frequency.main_season > 2 else "naive"


def predict(model: Model, panel: Panel) -> Forecast:
    """The forecast from each series' origin: never NaN, quantiles in order, not below zero unless the series is.

    With `is_sum` a step's numbers are the sum over its window, else the value at the step.
    """
    shaped, request = Shaped(panel), model.request
    steps = np.array(request.steps)
    n, h = panel.n_series, len(steps)
    rows = Rows(np.repeat(np.arange(n), h), np.repeat(shaped.lengths - 1, h), np.tile(steps, n), request.is_sum)
    by = variability(shaped, rows, model.frequency.main_season)
    usual = usual_variability(by)
    mean, quantiles = np.empty(n * h), np.empty((n * h, len(request.quantiles)))
    method = np.empty(n * h, dtype=np.int64)
    found = model.calibrations.get(model.serving)
    for name, calibration, mine in _served(model, shaped, rows, found or assumed(request.steps, request.is_sum)):
        its, own = rows.only(mine), by[mine]
        point = _points(model, name, shaped, its)
        short = ~np.isfinite(point) | ~np.isfinite(own) | (known_counts(shaped)[its.series] < FEWEST_KNOWN)
        point = np.where(short, mean_in_shape(shaped)[its.series], point)
        own = np.where(np.isfinite(own), own, usual)
        mean[mine], quantiles[mine] = _around(shaped, its, point, own, calibration, request)
        method[mine] = np.where(short, METHODS.index("mean"), METHODS.index(name))
        if short.any():
            # What little there is of a series says no more than its last value says of others.
            unsure = model.calibrations.get("naive") or assumed(request.steps, request.is_sum)
            few, place = its.only(short), np.flatnonzero(mine)[short]
            quantiles[place] = _around(shaped, few, point[short], own[short], unsure, request)[1]
            mean[place] = shaped.unbend(point[short], few.series)
    forecast = Forecast(
        mean.reshape(n, h), quantiles.reshape(n, h, -1), method.reshape(n, h), is_calibrated=found is not None
    )
    _put_fallbacks(forecast, shaped, request)
    return _in_order(forecast, shaped, request)


def _served(model: Model, shaped: Shaped, rows: Rows, of_all: Calibration) -> Iterator[tuple[str, Calibration, Bools]]:
    """Who serves which rows, with the calibration: the kinds that have an own choice, and all others."""
    kind = kinds(shaped, model.frequency)[rows.series]
    others = np.ones(len(kind), dtype=np.bool_)
    for one, (name, calibration) in model.of_kind.items():
        mine = kind == one
        others &= ~mine
        if mine.any():
            yield name, calibration, mine
    if others.any():
        yield model.serving, of_all, others


def _points(model: Model, name: str, shaped: Shaped, rows: Rows) -> Floats:
    if name in (MODEL, BLEND) and covers(model.parts, model.request.steps):
        made = predict_rows(model.parts, shaped, model.frequency, rows, model.settings)[0]
        return made if name == MODEL else (made + _points(model, "theta", shaped, rows)) / 2
    values = RULES[name](shaped, model.frequency.main_season, rows)
    return shaped.shape(values, rows.series)


def _around(
    shaped: Shaped, rows: Rows, point: Floats, by: Floats, calibration: Calibration, request: Request
) -> tuple[Floats, Floats]:
    """Mean (rows,) and quantiles (rows, levels) in the series' own units."""
    spread = np.stack([calibration.spread(step, request.quantiles) for step in request.steps])
    errors = spread[np.searchsorted(np.array(request.steps), rows.ahead)]
    median, mean = spread_means(shaped, rows, point, by, calibration, request.steps)
    # The mean rests on the pool alone: unbent, the width of a wild series would carry it upward.
    wide = by if calibration.own is None else by * calibration.own[rows.series]
    quantiles = [around(shaped, rows, point, wide, each, calibration.widest) for each in errors.T]
    return median + calibration.mean_share * (mean - median), np.stack(quantiles, axis=1)


def _put_fallbacks(forecast: Forecast, shaped: Shaped, request: Request) -> None:
    zero, constant = still_series(shaped)
    for which, name in ((zero, "zero"), (constant, "constant")):
        value = shaped.panel.values[shaped.offset[:-1]][which]
        forecast.mean[which] = value[:, None]
        forecast.quantiles[which] = value[:, None, None]
        forecast.method[which] = METHODS.index(name)
    name, found = intermittent(shaped, request)
    for series, (mean, quantiles) in found.items():
        served = np.isfinite(mean) & (not zero[series])
        forecast.mean[series, served] = mean[served]
        forecast.quantiles[series, served] = quantiles[served]
        forecast.method[series, served] = METHODS.index(name)


def _in_order(forecast: Forecast, shaped: Shaped, request: Request) -> Forecast:
    owner = np.repeat(np.arange(shaped.panel.n_series), shaped.lengths)
    below = np.zeros(shaped.panel.n_series, dtype=np.bool_)
    below[owner[shaped.panel.values < 0]] = True
    floor = np.where(below, -np.inf, 0.0)
    width = np.array(request.steps)[:, None] if request.is_sum else np.ones((1, 1))
    mean = np.maximum(forecast.mean, floor[:, None]) * width[:, 0]
    quantiles = np.maximum(np.sort(forecast.quantiles, axis=2), floor[:, None, None]) * width
    if request.is_sum:
        statistics = np.concatenate([mean[:, :, None], quantiles], axis=2)[~below].transpose(1, 0, 2)
        grown = monotone_over_horizons(statistics).transpose(1, 0, 2)
        mean[~below], quantiles[~below] = grown[:, :, 0], grown[:, :, 1:]
    return replace(forecast, mean=mean, quantiles=quantiles)
