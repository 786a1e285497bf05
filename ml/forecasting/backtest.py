"""Rolling-origin backtest: every forecast of every origin and candidate beside what came.

Origins lie 30 days apart and windows of up to 90 days overlap, so the errors of neighbouring origins are correlated;
whoever quotes them says so. Each origin is refitted from what was known then.

Belongs here: which origins, and the loop. Does not belong here: metrics (metrics.py) and the choice (selection.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl

from ml.forecasting.boosting import Settings
from ml.forecasting.facts import Facts
from ml.forecasting.features import HORIZONS
from ml.forecasting.forecaster import default_settings, every, fit_at, open_history, predict_at
from ml.forecasting.history import CANDIDATES, TARGETS, History
from ml.forecasting.panel import SalesError
from ml.forecasting.segments import SEGMENTS, segment_codes
from ml.forecasting.snapshot import loss_scale, naive_squared_error

ORIGIN_STEP_DAYS = 30
HOLDOUT = 2
# 45 days of features, 90 of training window, 90 of calibration window, rounded up: from then on lightgbm serves at 90.
MIN_HISTORY_DAYS = 240
Progress = Callable[[int, int, str], None]


def origins_every(
    first: date, last: date, step: int = ORIGIN_STEP_DAYS, min_history: int = MIN_HISTORY_DAYS
) -> list[date]:
    """Origins whose 90 days are known by `last`, counted back from the latest in steps, oldest first.

    `first` and `last` are the first and last day of the sales; an origin has at least `min_history` known days.
    """
    latest = last - timedelta(days=max(HORIZONS))
    known = (latest - first).days + 1
    return [latest - timedelta(days=k * step) for k in range(max(0, (known - min_history) // step + 1))][::-1]


def _with_truth(history: History, day: int, forecasts: pl.DataFrame) -> pl.DataFrame:
    panel, known = history.panel, history.snapshot(day)
    ids = panel.ids.filter(pl.Series(known.member))
    truths = [
        pl.DataFrame(
            {
                "unique_id": ids,
                "is_active": known.active[known.member],
                "segment": pl.Series(SEGMENTS).gather(segment_codes(panel, known)[known.member]),
                "actual": panel.window(target, day + 1, day + h)[known.member],
                "demand": history.truth(target, day, h)[known.member],
                "loss_scale": loss_scale(panel, target, day, h)[known.member],
                "naive_squared_error": naive_squared_error(panel, target, day, h)[known.member],
            }
        )
        .with_columns(pl.lit(h, pl.Int32).alias("horizon"), pl.lit(target).alias("target"))
        .with_columns(pl.col("demand").fill_nan(None))
        for target in TARGETS
        for h in HORIZONS
    ]
    return forecasts.join(pl.concat(truths), on=["unique_id", "horizon", "target"], how="left", maintain_order="left")


def _one_origin(history: History, origin: date) -> pl.DataFrame:
    day = history.panel.day_of(origin)
    model = fit_at(history, day)
    frames = [
        predict_at(model, history, day, every(candidate))
        .rename({"model": "served_by"})
        .with_columns(pl.lit(candidate).alias("model"))
        for candidate in CANDIDATES
    ]
    return _with_truth(history, day, pl.concat(frames))


def _check(origins: Sequence[date], first: date, last: date) -> None:
    for origin in origins:
        if origin < first or origin + timedelta(days=max(HORIZONS)) > last:
            raise SalesError(
                f"backtest: origin {origin} needs sales from before it and through {max(HORIZONS)} days after it,"
                f" the sales cover {first} to {last}; choose another origin"
            )


def backtest(
    sales: pl.DataFrame,
    catalogue: pl.DataFrame | None = None,
    origins: Sequence[date] | None = None,
    *,
    holdout: int = HOLDOUT,
    score_holdout: bool = False,
    settings: Settings | None = None,
    facts: Facts | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Every candidate's forecast at every origin with its actual; empty when the sales are too short for an origin.

    Columns: those of `predict` with `model` the candidate and `served_by` what made the row, then is_active (a sale in
    the 90 days up to the origin), segment, actual (what sold), demand (the same where all days were in stock; else
    scaled up from the days that were, null where they were less than half), loss_scale, naive_squared_error,
    is_holdout. Without `origins` they are `origins_every` 30 days; the last `holdout` of all origins (fewer where that
    would leave none) are left out unless `score_holdout`: nothing may be tuned on them. `progress` is told (done,
    total, what) after each origin.
    """
    history = open_history(sales, catalogue, settings or default_settings(), facts)
    first, last = history.panel.start, history.panel.date_of(history.panel.last_day)
    chosen = sorted(origins) if origins is not None else origins_every(first, last)
    _check(chosen, first, last)
    held = set(chosen[len(chosen) - min(holdout, max(len(chosen) - 1, 0)) :])
    scored = [o for o in chosen if score_holdout or o not in held]
    frames = []
    for done, origin in enumerate(scored, start=1):
        frame = _one_origin(history, origin)
        frames.append(frame.with_columns(pl.lit(origin in held).alias("is_holdout")))
        if progress is not None:
            progress(done, len(scored), f"origin {origin}: {frame['unique_id'].n_unique()} series")
    return pl.concat(frames) if frames else _empty(history)


def _empty(history: History) -> pl.DataFrame:
    day = history.panel.last_day
    like = _one_origin(History(history.panel, history.catalogue, history.settings), history.panel.date_of(day))
    return like.clear().with_columns(pl.lit(None, pl.Boolean).alias("is_holdout"))
