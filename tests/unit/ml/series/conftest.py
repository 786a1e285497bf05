"""Series with planted truth, and the shortest way from a frame to its forecast."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from ml.series.backtest import forecast_frame
from ml.series.boosting import Settings
from ml.series.frame import Reading, prepare
from ml.series.rehearsal import Request

LEVELS = (0.1, 0.5, 0.9)
SMALL = Settings(trees=30, num_threads=1)


def dates(freq: str, n: int) -> list[Any]:
    """The first n dates of a frequency, from 2020 on; made without the code under test."""
    if freq == "1":
        return list(range(100, 100 + n))
    if freq == "H":
        return [datetime(2020, 1, 1) + timedelta(hours=k) for k in range(n)]  # noqa: DTZ001 - hours without a zone
    if freq == "D":
        return [date(2020, 1, 1) + timedelta(days=k) for k in range(n)]
    if freq == "W":
        return [date(2020, 1, 1) + timedelta(weeks=k) for k in range(n)]  # Wednesdays
    if freq == "B":
        days = (date(2020, 1, 1) + timedelta(days=k) for k in range(2 * n + 7))
        return [day for day in days if day.weekday() < 5][:n]
    every = 3 if freq == "QS" else 1
    firsts = [date(2020 + k * every // 12, k * every % 12 + 1, 1) for k in range(n + 1)]
    return [day - timedelta(days=1) for day in firsts[1:]] if freq == "ME" else firsts[:n]


def long(series: dict[str, Any], freq: str = "D") -> pl.DataFrame:
    """A long frame of arrays that begin at the frequency's first date."""
    frames = [
        pl.DataFrame({"unique_id": name, "ds": dates(freq, len(y)), "y": np.asarray(y, dtype=np.float64)})
        for name, y in series.items()
        if len(y)
    ]
    return pl.concat(frames)


def forecast(
    frame: pl.DataFrame,
    horizons: tuple[int, ...] = (7,),
    freq: str = "D",
    *,
    is_sum: bool = False,
    settings: Settings = SMALL,
    future: pl.DataFrame | None = None,
    **reading: Any,
) -> pl.DataFrame:
    """What `lacquer forecast` would write."""
    request = Request(horizons, LEVELS, is_sum)
    prepared = prepare(frame, Reading(freq, max(request.steps), **reading), future)
    return forecast_frame(prepared, request, settings)


def seasonal(n_series: int, n: int, seasons: dict[int, float], noise: float, seed: int) -> tuple[Any, Any]:
    """Truth and noisy observation (series, steps): a level, a drift, and a sine per season with its own phase."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    level = rng.uniform(50, 150, (n_series, 1))
    truth = level * (1 + rng.uniform(-0.2, 0.2, (n_series, 1)) * t / n)
    for season, swing in seasons.items():
        truth = truth + level * swing * np.sin(2 * np.pi * (t + rng.integers(0, season, (n_series, 1))) / season)
    return truth, truth + level * noise * rng.normal(size=(n_series, n))
