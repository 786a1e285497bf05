"""The rehearsal of a fit: how far the model and the simple rules would have missed at the end of every series.

The end is held back, a model is fitted on what lies before it and asked, with the rules, from origins all over the part
held back. The misses are everyone's calibration, and the smallest mean miss serves; a kind of series for which another
missed less by more than chance has that one.

Belongs here: what is held back, and the misses. Does not belong here: quantiles from them (calibration.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.evaluation.arrays import Bools, Floats, Ints
from ml.evaluation.conformal import Calibration, calibrate, mean_misses
from ml.series.boosting import FEWEST_KNOWN, Part, Settings, covers, predict_rows, target
from ml.series.features import Rows
from ml.series.frequency import Frequency
from ml.series.kinds import better_than, kinds
from ml.series.means import mean_share, spread_means
from ml.series.own_misses import own_misses
from ml.series.panel import Shaped
from ml.series.simple import RULES

MODEL = "lightgbm"
BLEND = "blend"  # the mean of model and theta in the series' shape
HELD_ROWS = 4_000  # held-back forecasts per step
FEW_ERRORS = 60  # per step, aimed at
HELD_ORIGINS = 3  # per series, even where there are many series
TIE = 1.01  # misses so near to each other are the same
LARGEST_MISS = 100.0  # in units of variability; one broken series does not decide who serves


@dataclass(frozen=True)
class Request:
    """What is asked: horizons in steps, sums or single steps, quantile levels in rising order."""

    horizons: tuple[int, ...]
    quantiles: tuple[float, ...]
    is_sum: bool

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps (or windows) that are forecast: every step to the largest horizon, or the horizons."""
        return tuple(sorted(set(self.horizons))) if self.is_sum else tuple(range(1, max(self.horizons) + 1))


def variability(shaped: Shaped, rows: Rows, season: int) -> Floats:
    """What errors are measured by: the mean step of all that is known, half way to that of the last season."""
    ever = shaped.scale(rows.series, rows.last)
    now = shaped.scale(rows.series, rows.last, max(season, 13))
    ever = np.where(ever > 1e-12, ever, np.nan)
    by: Floats = np.sqrt(ever * np.clip(np.where(np.isfinite(now), now, ever), 0.2 * ever, 5 * ever))
    return by


def held_back(shaped: Shaped, frequency: Frequency, longest: int) -> int:
    """Steps at the end that a fit does not see: four times the longest horizon or a season, a third at most.

    More where few series give few errors.
    """
    typical = int(np.median(shaped.lengths))
    season = max((s for s in frequency.seasons if 6 * s <= typical), default=0)
    return max(longest, min(max(4 * longest, season, longest + FEW_ERRORS // shaped.panel.n_series), typical // 3))


def _held_rows(shaped: Shaped, request: Request, back: int, kept: Ints, seed: int) -> Rows:
    """Origins spread evenly over the steps held back, for each step whose target lies within them."""
    rng = np.random.default_rng([seed, 99])
    owner, last, ahead = [], [], []
    for step in request.steps:
        room = back - step + 1
        each = min(room, max(HELD_ORIGINS, HELD_ROWS // max(len(kept), 1)))
        places = np.unique(np.linspace(0, room - 1, each).round().astype(np.int64))
        series, place = np.repeat(kept, len(places)), np.tile(places, len(kept))
        if len(series) > HELD_ROWS:
            chosen = np.sort(rng.choice(len(series), HELD_ROWS, replace=False))
            series, place = series[chosen], place[chosen]
        owner.append(series)
        last.append(shaped.lengths[series] - back - 1 + place)
        ahead.append(np.full(len(series), step))
    return Rows(np.concatenate(owner), np.concatenate(last), np.concatenate(ahead), request.is_sum)


@dataclass(frozen=True)
class Rehearsed:
    """Each method's calibration and mean scaled miss, and per kind of series that another serves than all: both."""

    calibrations: dict[str, Calibration]
    misses: dict[str, float]
    of_kind: dict[int, tuple[str, Calibration]]

    @property
    def serving(self) -> str | None:
        """Who missed least over all series, of those within a hundredth of it the first; None without a past."""
        least = min(self.misses.values(), default=0.0)
        return next((name for name, miss in self.misses.items() if miss <= TIE * least), None)


def rehearse(
    shaped: Shaped,
    frequency: Frequency,
    request: Request,
    settings: Settings,
    parts: Sequence[Part],
    back: int,
    kept: Ints,
) -> Rehearsed:
    """How everyone did on what was held back, over the rows that all of them know."""
    if not len(kept):
        return Rehearsed({}, {}, {})
    rows = _held_rows(shaped, request, back, kept, settings.seed)
    came = target(shaped, rows)
    by = variability(shaped, rows, frequency.main_season)
    fair = np.isfinite(came) & np.isfinite(by) & (rows.last + 1 >= FEWEST_KNOWN)
    rows, came, by = rows.only(fair), came[fair], by[fair]
    season = frequency.main_season
    # Where there is no season, a rule that repeats one is another rule under a wrong name.
    rules = {name: rule for name, rule in RULES.items() if season > 1 or not name.startswith("seasonal")}
    points = {name: shaped.shape(rule(shaped, season, rows), rows.series) for name, rule in rules.items()}
    if len(rows.series) and covers(parts, request.steps):
        model = predict_rows(parts, shaped, frequency, rows, settings)[0]
        points = {MODEL: model, BLEND: (model + points["theta"]) / 2} | points
    errors = {name: (came - point) / by for name, point in points.items()}

    def calibrated(name: str, mine: Bools) -> Calibration | None:
        its, point = rows.only(mine), points[name][mine]
        size = mean_misses(its.ahead, np.abs(errors[name][mine]), request.steps)
        at_step = np.array([size[step] for step in request.steps])[np.searchsorted(request.steps, its.ahead)]
        own = own_misses(its, errors[name][mine], at_step, shaped.panel.n_series)
        found = calibrate(its.ahead, errors[name][mine] / own.rows, request.steps)
        if found is None:
            return None
        found = replace(found, own=own.series)
        median, mean = spread_means(shaped, its, point, by[mine], found, request.steps)
        share = mean_share(median, mean, shaped.unbend(came[mine], its.series), shaped.size[its.series])
        return replace(found, mean_share=share)

    all_rows = np.ones(len(by), dtype=np.bool_)
    every = Rehearsed({}, {}, {})
    for name, error in errors.items():
        if (found := calibrated(name, all_rows)) is not None:
            every.calibrations[name] = found
            every.misses[name] = float(np.minimum(np.abs(error), LARGEST_MISS).mean())
    if every.serving is not None:
        kind = kinds(shaped, frequency)[rows.series]
        for one in np.unique(kind):
            mine = kind == one
            misses = {name: _per_series(rows.series[mine], error[mine]) for name, error in errors.items()}
            name = better_than(misses, every.serving)
            found = calibrated(name, mine)
            if name != every.serving and found is not None:
                every.of_kind[int(one)] = name, found
    return every


def _per_series(series: Ints, error: Floats) -> Floats:
    """Mean absolute error per series that has any, in their order."""
    miss = np.minimum(np.abs(error), LARGEST_MISS)
    count = np.bincount(series)
    mean: Floats = (np.bincount(series, miss) / np.maximum(count, 1))[count > 0]
    return mean
