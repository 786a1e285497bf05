"""The search: planted parameters that are worse lose, origins that are held out stay unseen, ties go to what serves."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from assets.forecasts.recipes import merged_overrides, settings_with
from ml.forecasting.backtest import backtest, origins_every
from ml.forecasting.forecaster import default_settings
from ml.promotion.forecast_search import Found, development_origins, mean_loss, search
from tests.needs import need_packages

FIRST = dt.date(2024, 1, 1)


def sales(days: int = 700, releases: int = 150) -> pl.DataFrame:
    """Releases that come one after the other and fade at a speed of their own."""
    rng = np.random.default_rng(1)
    ids, ds, y = [], [], []
    for number in range(releases):
        start = int(rng.integers(0, days - 60)) if number > 5 else 0
        age = np.arange(days - start)
        rate = rng.gamma(3.0, 6.0) * np.exp(-age / rng.choice([30.0, 120.0])) + 0.3
        ids += [f"R{number:02d}"] * len(age)
        ds += [FIRST + dt.timedelta(days=start + int(day)) for day in age]
        y += rng.poisson(rate).astype(float).tolist()
    return pl.DataFrame({"unique_id": ids, "ds": ds, "y": y, "revenue": [10 * units for units in y]})


def test_held_out_origins_are_never_seen() -> None:
    last = FIRST + dt.timedelta(days=700)
    grid = origins_every(FIRST, last)
    assert development_origins(FIRST, last) == grid[-6:-2]
    assert development_origins(FIRST, FIRST + dt.timedelta(days=300)) == []


def test_the_loss_is_the_mean_over_active_releases() -> None:
    frame = pl.DataFrame(
        {
            "model": ["lightgbm", "lightgbm", "mean_28", "lightgbm"],
            "is_active": [True, True, True, False],
            "demand": [10.0, None, 10.0, 10.0],
            "q0.1": [8.0, 0.0, 0.0, 0.0],
            "q0.5": [12.0, 0.0, 0.0, 0.0],
            "q0.9": [15.0, 0.0, 0.0, 0.0],
            "loss_scale": [2.0, 1.0, 1.0, 1.0],
        }
    )
    # .1 * (10 - 8), .5 * (12 - 10) and .1 * (15 - 10), over 2.
    assert mean_loss(frame) == pytest.approx((0.2 + 1.0 + 0.5) / 2)


def test_a_tie_goes_to_what_serves() -> None:
    assert not Found({}, 1.0, 1.0, (), 2).is_better
    assert not Found({"trees": 90}, 0.995, 1.0, (), 2).is_better
    assert Found({"trees": 90}, 0.98, 1.0, (), 2).is_better


def test_a_challenger_has_the_champions_parameters_beside_those_that_were_found() -> None:
    """What the search brought back to its default is no override: the recipe is the default's again."""
    defaults = default_settings(num_threads=1)
    champion = {"trees": 90, "leaves": 31}
    assert merged_overrides(defaults, champion, {"leaves": 20}) == {"trees": 90, "leaves": 20}
    assert merged_overrides(defaults, champion, {"leaves": defaults.leaves}) == {"trees": 90}
    assert merged_overrides(defaults, {}, {"learning_rate": 0.05}) == {"learning_rate": 0.05}
    assert settings_with(settings_with(defaults, champion), {"leaves": 20}) == settings_with(
        defaults, merged_overrides(defaults, champion, {"leaves": 20})
    )


def test_too_short_sales_are_refused() -> None:
    need_packages("optuna", target="models")
    with pytest.raises(ValueError, match="too short"):
        search(sales(60, 2), None, [], default_settings(num_threads=1))


@pytest.mark.heavy
def test_handicapped_parameters_lose_and_the_report_is_their_backtest() -> None:
    need_packages("optuna", target="models")
    frame = sales()
    handicapped = replace(default_settings(num_threads=1), trees=30, leaves=4, learning_rate=0.03)
    origins = development_origins(FIRST, frame["ds"].max())[-1:]  # type: ignore[arg-type]
    seen: list[str] = []
    found = search(frame, None, origins, handicapped, trials=4, progress=lambda done, total, what: seen.append(what))
    assert len(seen) == 4
    assert found.origins == tuple(origins)
    assert found.overrides
    assert found.is_better
    again = replace(handicapped, **found.overrides)
    assert mean_loss(backtest(frame, None, origins, holdout=0, settings=again)) == pytest.approx(found.loss)
    assert mean_loss(backtest(frame, None, origins, holdout=0, settings=handicapped)) == pytest.approx(found.start_loss)
