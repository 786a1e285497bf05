"""A forecast of one release from its row of `release_features`: the fitted model, or the simple rule.

The batch (`forecaster.predict_at`) reads the sales of all releases; here one row of features says what is known of one.
Belongs here: the same numbers for one release. Does not belong here: the choice of candidates by segment (selection.py)
and other candidates than LightGBM and the simple rule, which need the sales themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ml.evaluation.arrays import Floats
from ml.evaluation.shifted_conformal import Calibration, prior_shift_sd, uncalibrated
from ml.forecasting.boosting import design, predict_units
from ml.forecasting.features import HORIZONS
from ml.forecasting.forecaster import ANY_METHOD, Model
from ml.forecasting.history import LIGHTGBM
from ml.forecasting.panel import LEAST_IN_STOCK
from ml.forecasting.rivals import CODE
from ml.forecasting.snapshot import LEVEL_WEIGHTS, YOUNGEST, Snapshot

SIMPLE = "mean_28"
UNITS = "units"
Features = Mapping[str, float | None]


class FeaturesError(ValueError):
    """The row of features is not what the model was fitted on."""


@dataclass(frozen=True)
class LiveForecast:
    """Units within a horizon: the mean and three quantiles, and the candidate that made them."""

    model: str
    mean: float
    p10: float
    p50: float
    p90: float


def live_forecast(model: Model, features: Features, horizon: int) -> LiveForecast:
    """LightGBM's forecast of one release; the simple rule's where no booster could be fitted for the horizon.

    Args:
        model: the fit.
        features: the release's row of `release_features`, null where a feature does not exist.
        horizon: 30, 60 or 90 days.

    Raises:
        FeaturesError: the model was fitted on other features, or has no such horizon.
    """
    if horizon not in HORIZONS:
        raise FeaturesError(f"horizon_days {horizon}: give one of {', '.join(map(str, HORIZONS))}")
    booster = model.boosters[horizon]
    if booster is None:
        return simple_forecast(features, horizon, model)
    row = {name: np.array([np.nan if value is None else value], dtype=np.float64) for name, value in features.items()}
    level = np.array([level_of(features)])
    try:
        matrix, names = design(row, _known(level), horizon)
    except KeyError as error:
        raise FeaturesError(f"feature {error} is missing from the row") from None
    if list(names) != booster.trees.feature_name():
        raise FeaturesError("the model was fitted on other features than this code computes")
    value = predict_units(booster, matrix, level, horizon)
    calibrations = model.calibrations[LIGHTGBM, UNITS, horizon]
    calibration = calibrations.get(CODE[LIGHTGBM], calibrations[ANY_METHOD])
    return _spread(LIGHTGBM, value, level * horizon, calibration, None)


def simple_forecast(features: Features, horizon: int, model: Model | None = None) -> LiveForecast:
    """The daily mean of the last 28 days in stock, times the horizon; its spread is an assumption without a model."""
    days = min(28.0, _number(features, "days_known"))
    there = _number(features, "days_in_stock_28") - (28.0 - days)
    units = _number(features, "units_28" if features.get("units_28") is not None else "units_all")
    scaled = units * days / there if there >= LEAST_IN_STOCK * days and there > 0 else units
    value = np.array([scaled / max(days, 1.0) * horizon])
    size = np.array([level_of(features) * horizon])
    found = {} if model is None else model.calibrations.get((SIMPLE, UNITS, horizon), {})
    if not found:
        guess = uncalibrated(prior_shift_sd(int(_number(features, "days_known")), horizon))
        return _spread(f"{SIMPLE} (uncalibrated)", value, size, guess, float(value[0]))
    return _spread(SIMPLE, value, size, found.get(CODE[SIMPLE], found[ANY_METHOD]), float(value[0]))


def level_of(features: Features) -> float:
    """Units a day, as `snapshot` has them: weighted rates of three windows, each over the days in stock."""
    age = max(_number(features, "age_days") + 1.0, YOUNGEST)
    known, total, weight = _number(features, "days_known"), 0.0, 0.0
    for window, share in LEVEL_WEIGHTS.items():
        sold = features.get(f"units_{window}")
        units = _number(features, "units_all") if sold is None else float(sold)
        days = min(window, known if sold is None else window, age)
        there = days - (window - _number(features, f"days_in_stock_{window}"))
        if there >= LEAST_IN_STOCK * days:
            total, weight = total + share * units / there, weight + share
    if weight > 0:
        return total / weight
    return _number(features, "units_all") / max(min(364.0, known, age), 1.0)


def _number(features: Features, name: str) -> float:
    value = features.get(name)
    return 0.0 if value is None or not np.isfinite(value) else float(value)


def _known(level: Floats) -> Snapshot:
    """What the design needs of a snapshot: the level."""
    yes, one = np.array([True]), np.array([1.0])
    return Snapshot(day=0, member=yes, active=yes, sold=yes, level=level, price=one)


def _spread(name: str, value: Floats, size: Floats, calibration: Calibration, own: float | None) -> LiveForecast:
    mean, quantiles = calibration.spread(value, size)
    low, middle, high = (float(one) for one in quantiles[0])
    return LiveForecast(name, float(mean[0]) if own is None else own, low, middle, high)
