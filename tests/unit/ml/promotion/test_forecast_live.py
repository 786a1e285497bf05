"""One release by its row of features: the numbers that the whole batch has for it."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from ml.features.releases import feature_rows
from ml.forecasting.facts import Facts
from ml.forecasting.forecaster import Model, default_settings, every, fit_at, open_history, predict_at
from ml.forecasting.history import History
from ml.promotion.forecast_live import FeaturesError, level_of, live_forecast, simple_forecast

START = dt.date(2024, 1, 1)


def sales(releases: int = 60, days: int = 480) -> pl.DataFrame:
    """Poisson sales at rates of their own; some releases begin late, some sell hardly ever."""
    rng = np.random.default_rng(6)
    frames = []
    for one in range(releases):
        first = 0 if one % 4 else int(rng.integers(0, days - 20))
        units = rng.poisson(rng.gamma(0.7, 2.0), days - first).astype(float)
        day = [START + dt.timedelta(days=k) for k in range(first, days)]
        frame = pl.DataFrame({"unique_id": [f"R{one:03}"] * len(day), "ds": day, "y": units, "revenue": 9.5 * units})
        frames.append(frame.filter((pl.col("y") > 0) | (pl.col("ds") == day[0])))
    return pl.concat(frames).sort("unique_id", "ds")


@pytest.fixture(scope="module")
def fitted() -> tuple[History, Model, pl.DataFrame]:
    rows = sales()
    missing = rows.select("unique_id").unique(maintain_order=True).head(10)
    out = missing.join(pl.DataFrame({"ds": [START + dt.timedelta(days=k) for k in range(440, 460)]}), how="cross")
    history = open_history(rows, None, default_settings(num_threads=1), Facts(stock_outs=out))
    day = history.panel.last_day
    return history, fit_at(history, day), feature_rows(history, [history.panel.date_of(day)])


def without_keys(row: dict[str, Any]) -> dict[str, float | None]:
    return {name: value for name, value in row.items() if name not in ("unique_id", "origin")}


def by_release(history: History, model: Model, candidate: str) -> dict[str, dict[str, float]]:
    made = predict_at(model, history, history.panel.last_day, every(candidate))
    rows = made.filter((pl.col("target") == "units") & (pl.col("horizon") == 30) & (pl.col("model") == candidate))
    return {row["unique_id"]: row for row in rows.to_dicts()}


def test_the_level_is_that_of_the_batch(fitted: tuple[History, Model, pl.DataFrame]) -> None:
    history, _, features = fitted
    known = history.snapshot(history.panel.last_day)
    level = dict(zip(history.panel.ids.to_list(), known.level, strict=True))
    for row in features.to_dicts():
        assert level_of(row) == pytest.approx(level[row["unique_id"]]), row["unique_id"]


@pytest.mark.parametrize("candidate", ["lightgbm", "mean_28"])
def test_a_live_forecast_is_that_of_the_batch(fitted: tuple[History, Model, pl.DataFrame], candidate: str) -> None:
    history, model, features = fitted
    batch, compared = by_release(history, model, candidate), 0
    for row in features.to_dicts():
        wanted = batch.get(row["unique_id"])
        if wanted is None:
            continue
        known = without_keys(row)
        made = live_forecast(model, known, 30) if candidate == "lightgbm" else simple_forecast(known, 30, model)
        assert made.model == candidate
        values = [made.mean, made.p10, made.p50, made.p90]
        np.testing.assert_allclose(values, [wanted[n] for n in ("mean", "q0.1", "q0.5", "q0.9")], rtol=1e-5, atol=1e-6)
        compared += 1
    assert compared > 40


def test_a_row_of_other_features_is_refused(fitted: tuple[History, Model, pl.DataFrame]) -> None:
    _, model, features = fitted
    row = without_keys(features.row(0, named=True))
    with pytest.raises(FeaturesError, match="'list_price' is missing"):
        live_forecast(model, {name: value for name, value in row.items() if name != "list_price"}, 30)
    with pytest.raises(FeaturesError, match="give one of 30, 60, 90"):
        live_forecast(model, row, 45)
    assert simple_forecast(row, 30).model == "mean_28 (uncalibrated)"
