"""Nothing after the origin is read; what came just before it is; and the test itself catches a planted leak."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from ml.forecasting.boosting import Settings
from ml.forecasting.facts import Facts
from ml.forecasting.features import feature_frame
from ml.forecasting.forecaster import every, fit, fit_at, open_history, predict, predict_at
from ml.forecasting.history import CANDIDATES
from ml.forecasting.leakage import LeakError, check_point_in_time, corrupted_facts, find_leaks, without_last_days
from tests.unit.ml.conftest import START

ORIGIN = START + timedelta(days=420)
SETTINGS = Settings(seed=3, num_threads=1, trees=15)


def forecasts(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
    return predict(fit(sales, origin, settings=SETTINGS), sales, origin)


def forecasts_beside_the_future(
    sales: pl.DataFrame,
    origin: date,
    catalogue: pl.DataFrame | None = None,
    facts: Facts | None = None,
    settings: Settings = SETTINGS,
) -> pl.DataFrame:
    """As the backtest makes them: one panel that holds the future too."""
    history = open_history(sales, catalogue, settings, facts)
    day = history.panel.day_of(origin)
    model = fit_at(history, day)
    return pl.concat([predict_at(model, history, day, every(candidate)) for candidate in CANDIDATES])


def with_catalogue(catalogue: pl.DataFrame) -> Callable[[pl.DataFrame, date], pl.DataFrame]:
    return lambda sales, origin: feature_frame(sales, origin, catalogue)


def test_features_know_nothing_of_the_future(sales: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    check_point_in_time(feature_frame, sales, ORIGIN)
    check_point_in_time(with_catalogue(catalogue), sales, ORIGIN)


@pytest.mark.parametrize("compute", [forecasts, forecasts_beside_the_future])
def test_forecasts_know_nothing_of_the_future(
    compute: Callable[[pl.DataFrame, date], pl.DataFrame], sales: pl.DataFrame
) -> None:
    check_point_in_time(compute, sales, ORIGIN)


def test_forecasts_know_nothing_of_future_stock_prices_and_signals(
    sales: pl.DataFrame, catalogue: pl.DataFrame, facts: Facts
) -> None:
    """Everything at once: sales, catalogue and facts, as the whole forecast reads them."""
    few = replace(SETTINGS, trees=8, calibration_windows=3, training_windows=4)

    def compute(sales: pl.DataFrame, origin: date, facts: Facts | None = facts) -> pl.DataFrame:
        return forecasts_beside_the_future(sales, origin, catalogue, facts, few)

    known = compute(sales, ORIGIN)
    assert not known.equals(compute(sales, ORIGIN, None))
    for future, other in corrupted_facts(facts, ORIGIN).items():
        assert compute(sales, ORIGIN, other).equals(known), future
    check_point_in_time(compute, sales, ORIGIN)


def test_a_price_of_tomorrow_is_a_leak_that_is_caught(sales: pl.DataFrame, facts: Facts) -> None:
    """The same comparison over a function that takes its prices for known a month too early finds it."""

    def peeking(known: Facts) -> pl.DataFrame:
        early = known.prices.with_columns(pl.col("known_on") - timedelta(days=30))  # type: ignore[union-attr]
        return feature_frame(sales, ORIGIN, facts=Facts(prices=early))

    honest = peeking(facts)
    assert all(not peeking(other).equals(honest) for other in corrupted_facts(facts, ORIGIN).values())


def test_withholding_the_last_90_days_changes_the_forecasts(sales: pl.DataFrame) -> None:
    known = forecasts(sales, ORIGIN)
    withheld = forecasts(without_last_days(sales, ORIGIN), ORIGIN)
    both = known.join(withheld, on=["unique_id", "horizon", "target"], suffix="_withheld")
    assert both.height > 0
    changed = both.filter(pl.col("q0.5") != pl.col("q0.5_withheld"))
    assert changed.height / both.height > 0.9


@pytest.mark.parametrize("days_ahead", [1, 30])
def test_a_planted_leak_is_caught_and_named(sales: pl.DataFrame, days_ahead: int) -> None:
    def peeking(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
        honest = feature_frame(sales, origin).select("unique_id", "units_28")
        seen = sales.filter(pl.col("ds").is_between(origin, origin + timedelta(days=days_ahead), closed="right"))
        peek = seen.group_by("unique_id").agg(pl.col("y").sum().alias("peek"))
        return honest.join(peek, on="unique_id", how="left", maintain_order="left").fill_null(0.0)

    leaks = find_leaks(peeking, sales, ORIGIN)
    assert leaks["removed"] == ["peek"]
    assert leaks["inflated"] == ["peek"]
    with pytest.raises(LeakError, match=r"peek at 2023-02-25 changed: they read past the origin"):
        check_point_in_time(peeking, sales, ORIGIN)


def test_a_leak_through_the_whole_market_is_caught(sales: pl.DataFrame) -> None:
    def scaled_by_all_sales(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
        return feature_frame(sales, origin).select("unique_id", pl.col("units_28") / sales["y"].mean())

    assert "units_28" in find_leaks(scaled_by_all_sales, sales, ORIGIN)["with newcomers"]


def test_no_future_is_no_test(sales: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match="no future to corrupt"):
        find_leaks(feature_frame, sales, sales["ds"].max())  # type: ignore[arg-type]
