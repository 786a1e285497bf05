"""Everything computed once per day of a panel and shared by fits, calibrations and origins.

A question about a day reads sales up to that day; truth is asked for only where a window has ended at or before the
origin (`matured_days`). Belongs here: bookkeeping of what was known when. Does not belong here: any formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.arrays import Floats
from ml.evaluation.shifted_conformal import Matured
from ml.forecasting.boosting import Booster, Design, Settings, Window, design, fit_booster, predict_units
from ml.forecasting.catalogue import Catalogue
from ml.forecasting.features import HORIZONS, features_at
from ml.forecasting.panel import Panel
from ml.forecasting.rivals import CODE, RIVALS, Points, mean_28
from ml.forecasting.snapshot import Snapshot, snapshot

LIGHTGBM, ENSEMBLE = "lightgbm", "ensemble"
MEMBERS = (LIGHTGBM, *RIVALS)
CANDIDATES = (*MEMBERS, ENSEMBLE)
WEIGHT_WINDOWS = 3  # matured windows whose error weighs a member of the ensemble
WEIGHT_POWER = 12  # a member that errs 6% more weighs half as much
Weights = Mapping[str, float]
TARGETS = ("units", "revenue")
LEAST_OF_TARGET = 0.5  # share of a target window that must have been in stock


@dataclass(frozen=True)
class Scored:
    """A matured window with the method that made each of its points."""

    window: Matured
    method: NDArray[np.int8]

    def of_method(self, code: int) -> Matured:
        """The part of the window that one method forecast."""
        return self.window.only(self.method == code)


@dataclass
class History:
    """A panel with its catalogue and what was already computed from them, by day."""

    panel: Panel
    catalogue: Catalogue
    settings: Settings
    _snapshots: dict[int, Snapshot] = field(default_factory=dict)
    _designs: dict[tuple[int, int], tuple[Design, tuple[str, ...]]] = field(default_factory=dict)
    _boosters: dict[tuple[int, int], Booster | None] = field(default_factory=dict)
    _scored: dict[tuple[str, str, int, int], Scored | None] = field(default_factory=dict)

    def snapshot(self, day: int) -> Snapshot:
        """What is known of every series at the end of `day`."""
        if day not in self._snapshots:
            self._snapshots[day] = snapshot(self.panel, day)
        return self._snapshots[day]

    def design(self, day: int, horizon: int) -> tuple[Design, tuple[str, ...]]:
        """Scaled features of the day's population, in series order, and the columns' names."""
        if (day, horizon) not in self._designs:
            known = self.snapshot(day)
            features = features_at(self.panel, self.catalogue, day)
            for h in HORIZONS:
                matrix, names = design(features, known, h)
                self._designs[day, h] = matrix[known.member], names
        return self._designs[day, horizon]

    def matured_days(self, day: int, horizon: int, at_most: int) -> list[int]:
        """Past origins whose window ends at or before `day`, newest first."""
        step, first = self.settings.window_step_days, self.settings.first_window_day
        return list(range(day - horizon, first - 1, -step))[:at_most]

    def truth(self, target: str, day: int, horizon: int) -> Floats:
        """What the market asked of each series in the window after `day`; for days whose window has ended.

        Where some days were out of stock, the others scaled up to the window; NaN where less than half was in stock:
        such a window is neither learnt from nor scored, for nobody knows what would have sold.
        """
        return self.panel.demand(target, day + 1, day + horizon, LEAST_OF_TARGET)

    def _training_window(self, day: int, horizon: int) -> Window:
        known = self.snapshot(day)
        ratio = np.log((self.truth("units", day, horizon) + 1) / (known.level * horizon + 1))[known.member]
        matrix, active, told = self.design(day, horizon)[0], known.active[known.member], np.isfinite(ratio)
        return Window(matrix, ratio, active) if told.all() else Window(matrix[told], ratio[told], active[told])

    def prepare(self, day: int) -> None:
        """Fit, side by side, every model that a fit at the end of `day` and its calibration need."""
        limit = self.settings.calibration_windows
        wanted = set()
        for h in HORIZONS:
            for d in (day, *self.matured_days(day, h, limit)):
                wanted |= {(d, h), *((e, h) for e in self.matured_days(d, h, WEIGHT_WINDOWS))}
        jobs = sorted(wanted - self._boosters.keys())
        windows = [self._training_windows(d, h) for d, h in jobs]
        names = [self.design(d, h)[1] for d, h in jobs]
        with ThreadPoolExecutor(self.settings.num_threads) as pool:
            fitted = pool.map(fit_booster, windows, names, repeat(self.settings))
            self._boosters.update(zip(jobs, fitted, strict=True))

    def _training_windows(self, day: int, horizon: int) -> list[Window]:
        days = self.matured_days(day, horizon, self.settings.training_windows)
        return [self._training_window(d, horizon) for d in days]

    def booster(self, day: int, horizon: int) -> Booster | None:
        """The model that could be fitted at the end of `day`; None without enough matured windows."""
        if (day, horizon) not in self._boosters:
            windows = self._training_windows(day, horizon)
            self._boosters[day, horizon] = fit_booster(windows, self.design(day, horizon)[1], self.settings)
        return self._boosters[day, horizon]

    def weights(self, target: str, day: int, horizon: int) -> Weights:
        """What each member counts in the ensemble at the end of `day`: its mean log error on windows that had ended.

        To the power of -12, scaled to 1. The mean of all where no window of all has ended yet.
        """
        days = self.matured_days(day, horizon, WEIGHT_WINDOWS)
        scored = {name: [self.scored(name, target, d, horizon) for d in days] for name in MEMBERS}
        errors = {name: _log_error([w.window for w in ws if w is not None]) for name, ws in scored.items() if all(ws)}
        if not days or not all(error > 0 for error in errors.values()):
            return dict.fromkeys(RIVALS, 1 / len(RIVALS))
        least = min(errors.values())
        raw = {name: (least / error) ** WEIGHT_POWER for name, error in errors.items()}
        return {name: weight / sum(raw.values()) for name, weight in raw.items()}

    def points(
        self,
        candidate: str,
        target: str,
        day: int,
        horizon: int,
        booster: Booster | None,
        weights: Weights | None = None,
    ) -> Points:
        """The candidate's point forecasts in target units; mean_28 stands in for a model that could not be fitted.

        The ensemble is the weighted mean of its members' logarithms, with the weights given or those of the day.
        """
        if candidate == ENSEMBLE:
            counted = self.weights(target, day, horizon) if weights is None else weights
            logs = np.zeros(self.panel.n_series)
            for member, weight in counted.items():
                logs += weight * np.log1p(self.points(member, target, day, horizon, booster).value)
            return Points(np.expm1(logs), np.full(self.panel.n_series, CODE[ENSEMBLE], dtype=np.int8))
        if candidate != LIGHTGBM:
            return RIVALS[candidate](self.panel, target, day, horizon)
        if booster is None:
            return mean_28(self.panel, target, day, horizon)
        known = self.snapshot(day)
        units = np.zeros(self.panel.n_series)
        matrix = self.design(day, horizon)[0]
        if len(matrix):
            level = known.level[known.member]
            units[known.member] = predict_units(booster, matrix, level, horizon)
        value = units * known.price if target == "revenue" else units
        return Points(value, np.full(self.panel.n_series, CODE[LIGHTGBM], dtype=np.int8))

    def scored(self, candidate: str, target: str, day: int, horizon: int) -> Scored | None:
        """What the candidate would have forecast at the end of `day` beside what came; None where it could not."""
        key = (candidate, target, day, horizon)
        if key not in self._scored:
            booster = self.booster(day, horizon) if candidate in (LIGHTGBM, ENSEMBLE) else None
            if candidate in (LIGHTGBM, ENSEMBLE) and booster is None:
                self._scored[key] = None
            else:
                points = self.points(candidate, target, day, horizon, booster)
                self._scored[key] = self._score(points, target, day, horizon)
        return self._scored[key]

    def _score(self, points: Points, target: str, day: int, horizon: int) -> Scored:
        known = self.snapshot(day)
        truth = self.truth(target, day, horizon)
        rows = known.member & known.sold & np.isfinite(truth)
        unit = known.price if target == "revenue" else np.ones(self.panel.n_series)
        window = Matured(
            point=(points.value / unit)[rows],
            actual=(truth / unit)[rows],
            size=(known.level * horizon)[rows],
            worth=unit[rows],
            active=known.active[rows],
        )
        return Scored(window, points.method[rows])

    def matured(self, candidate: str, target: str, day: int, horizon: int) -> list[Scored]:
        """The candidate's windows that had ended at the end of `day`, at most a year of them, newest first."""
        days = self.matured_days(day, horizon, self.settings.calibration_windows)
        found = (self.scored(candidate, target, d, horizon) for d in days)
        return [window for window in found if window is not None]


def _log_error(windows: Sequence[Matured]) -> float:
    """Mean absolute log ratio of what came to the point forecast, over the active series of all windows."""
    errors = [np.abs(np.log((w.actual[w.active] + 1) / (w.point[w.active] + 1))) for w in windows]
    each = np.concatenate(errors) if errors else np.empty(0)
    return float(each.mean()) if len(each) else 0.0
