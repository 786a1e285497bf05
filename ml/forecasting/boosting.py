"""The global LightGBM: one model per horizon for all series, direct on the cumulative target.

The target is `log((units + 1) / (level + 1))`, units of the whole window against the series' own level, less the mean
of its window over active series: how a release moves against the market. The market's own move is put back as the
mean of the training windows, the newest first of all, and its uncertainty is the calibration's business.

Belongs here: scaling of features and target, fitting, prediction. Does not belong here: which windows are known
(history.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.arrays import Floats
from ml.evaluation.trees import parameters as tree_parameters
from ml.forecasting.catalogue import CATEGORIES
from ml.forecasting.facts import SIGNALS
from ml.forecasting.features import PLANNED
from ml.forecasting.panel import LEAST_IN_STOCK
from ml.forecasting.snapshot import Snapshot
from ml.forecasting.surroundings import PRICE_WINDOWS

if TYPE_CHECKING:
    import lightgbm

Design = NDArray[np.float32]
RATES = (7, 14, 28, 30, 60, 90, 182, 364)
MARKET_HALF_LIFE = 12  # windows, 30 days each
YOUNG_DAYS = 90
PRICES = (*(f"price_now_{w}" for w in PRICE_WINDOWS), "price_days")


@dataclass(frozen=True)
class Settings:
    """What a fit depends on besides its data. `num_threads` fits run side by side and change no byte."""

    seed: int
    num_threads: int
    trees: int = 60
    leaves: int = 15
    learning_rate: float = 0.1
    min_rows_per_leaf: int = 50
    training_rows: int = 100_000
    min_training_rows: int = 200
    training_windows: int = 24
    calibration_windows: int = 12
    window_step_days: int = 30
    first_window_day: int = 45


@dataclass(frozen=True)
class Window:
    """Training rows of one matured window: scaled features, log ratio of the window to the level, active series."""

    design: Design
    log_ratio: Floats
    active: NDArray[np.bool_]


@dataclass(frozen=True)
class Booster:
    """A fitted model and the market's mean move that belongs to it."""

    trees: lightgbm.Booster
    market_shift: float


def _against(rate: Floats, level: Floats, unit: float) -> Floats:
    return np.log((rate + unit) / (level + unit))


def _rate(features: dict[str, Floats], window: int) -> Floats:
    """Units per day in stock; NaN where less than a quarter of the window was."""
    days = features[f"days_in_stock_{window}"]
    return features[f"units_{window}"] / np.where(days >= LEAST_IN_STOCK * window, days, np.nan)


def design(features: dict[str, Floats], known: Snapshot, horizon: int) -> tuple[Design, tuple[str, ...]]:
    """Scale-free columns for one horizon and their names; `unit` is one unit over the whole horizon."""
    unit = 1.0 / horizon
    level = known.level
    columns: dict[str, Floats] = {f"rate_{w}": _against(_rate(features, w), level, unit) for w in RATES}
    columns["rate_all"] = _against(features["units_all"] / np.maximum(features["days_known"], 1), level, unit)
    columns["rate_last_year"] = _against(features[f"units_last_year_{horizon}"] / horizon, level, unit)
    columns["level"] = np.log1p(level * horizon)
    columns["recency"] = features["recency_days"]
    columns["age"] = np.minimum(features["age_days"], 364)
    for w in (28, 90, 182):
        days = np.minimum(features[f"days_in_stock_{w}"], features["days_known"])
        columns[f"active_share_{w}"] = features[f"active_days_{w}"] / np.maximum(days, 1)
    columns["variability"] = _against(features["daily_sd_182"], level, unit)
    cent = 0.01
    columns["price"] = np.log(features["price_all"] + cent)
    columns["price_change_28"] = np.log((features["price_28"] + cent) / (features["price_90"] + cent))
    columns["price_change_90"] = np.log((features["price_90"] + cent) / (features["price_all"] + cent))
    columns["price_to_list"] = np.log((features["price_90"] + cent) / (features["list_price"] + cent))
    columns["market_momentum"] = features["market_momentum"]
    for name in ("market_season", "season_sin", "season_cos", "autumn_share"):
        columns[name] = features[f"{name}_{horizon}"]
    columns["release_age"] = features["release_age_days"]
    columns["artist_others"] = np.log1p(features["artist_other_units_90"])
    columns["artist_releases"] = features["artist_releases_365"]
    columns["artist_mean"] = _against(features["artist_mean_units_364"] / 364, level, unit)
    for name in PRICES:
        columns[name] = features[name]
    for name in PLANNED:
        columns[name] = features[f"{name}_{horizon}"]
    # What was ordered ahead counts on the first day: of a young release it is a part of the level, of others no news.
    young = features["release_age_days"] <= YOUNG_DAYS
    columns["pre_ordered"] = np.where(young, _against(features["pre_ordered_units"] / YOUNG_DAYS, level, unit), np.nan)
    columns["pre_order_buyers"] = np.where(young, features["pre_order_buyers"], np.nan)
    for kind in SIGNALS:
        columns[f"{kind}_to_level"] = _against(features[f"{kind}_28"] / 28, level, unit)
        columns[f"{kind}_change"] = _against(features[f"{kind}_28"] / 28, features[f"{kind}_90"] / 90, unit)
    columns["similar"] = _against(features["similar_units_90"] / 90, level, unit)
    columns["similar_first"] = _against(features["similar_first_units_90"] / 90, level, unit)
    for name in CATEGORIES:
        columns[name] = features[name]
    return np.column_stack(list(columns.values())).astype(np.float32), tuple(columns)


def _sampled(window: Window, share: float, seed: int) -> tuple[Design, Floats]:
    shift = window.log_ratio[window.active].mean() if window.active.any() else 0.0
    target = window.log_ratio - shift
    if share >= 1:
        return window.design, target
    rows = np.random.default_rng(seed).random(len(target)) < share
    return window.design[rows], target[rows]


def fit_booster(windows: Sequence[Window], names: tuple[str, ...], settings: Settings) -> Booster | None:
    """The model of one horizon from matured windows, newest first; None when they hold too few rows."""
    import lightgbm as lgb

    total = sum(len(w.log_ratio) for w in windows)
    if total < settings.min_training_rows:
        return None
    share = settings.training_rows / total
    rows = [_sampled(w, share, settings.seed + k) for k, w in enumerate(windows)]
    parameters = tree_parameters("l2", settings, 0.7, bin_construct_sample_cnt=20_000)
    data = lgb.Dataset(
        np.concatenate([x for x, _ in rows]),
        np.concatenate([y for _, y in rows]),
        feature_name=list(names),
        categorical_feature=list(CATEGORIES),
    )
    return Booster(lgb.train(parameters, data, settings.trees), _market_shift(windows))


def _market_shift(windows: Sequence[Window]) -> float:
    """Mean move of the active series over the windows, newest first; one of a year ago counts half as much."""
    moved = [(0.5 ** (k / MARKET_HALF_LIFE), w.log_ratio[w.active]) for k, w in enumerate(windows)]
    weight = sum(fading * len(moves) for fading, moves in moved)
    return float(sum(fading * moves.sum() for fading, moves in moved) / weight) if weight else 0.0


def predict_units(booster: Booster, matrix: Design, level: Floats, horizon: int) -> Floats:
    """Units over the window, about the median; never below zero."""
    moved = np.asarray(booster.trees.predict(matrix, num_threads=1), dtype=np.float64)
    return np.maximum((level * horizon + 1) * np.exp(moved + booster.market_shift) - 1, 0.0)
