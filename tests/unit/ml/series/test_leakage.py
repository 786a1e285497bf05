"""What happens after the origin changes no byte of a forecast; what came before it does; a planted leak is found."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.forecasting.leakage import AtOrigin, LeakError, check_point_in_time, find_leaks, without_last_days
from ml.series.boosting import Settings
from tests.unit.ml.series.conftest import dates, forecast, long, seasonal

ORIGIN: date = dates("D", 260)[-1]
QUICK = Settings(trees=10, models=2, num_threads=1)


@pytest.fixture(scope="module")
def sales() -> pl.DataFrame:
    y = seasonal(12, 300, {7: 0.3}, 0.1, seed=5)[1]
    frame = long({f"S{k:02d}": row for k, row in enumerate(y)} | {"Z": np.zeros(300), "new": [], "few": y[0][:258]})
    return frame.with_columns(revenue=pl.col("y") * 9.5)


def honest(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
    return forecast(sales, (7,), origin=origin, settings=QUICK)


def summed(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
    return forecast(sales.drop("revenue"), (7, 14), origin=origin, is_sum=True, settings=QUICK)


@pytest.mark.parametrize("compute", [honest, summed])
def test_another_future_changes_no_byte(sales: pl.DataFrame, compute: AtOrigin) -> None:
    check_point_in_time(compute, sales, ORIGIN)


def test_withholding_the_last_90_days_changes_the_forecasts(sales: pl.DataFrame) -> None:
    known = honest(sales, ORIGIN)
    withheld = honest(without_last_days(sales, ORIGIN), ORIGIN)
    both = known.join(withheld, on=["unique_id", "horizon"], suffix="_withheld").filter(pl.col("model") != "zero")
    assert both.height == 13 * 7
    changed = both.filter(pl.col("q0.5") != pl.col("q0.5_withheld"))
    assert changed.height > 0.95 * both.height


@pytest.mark.parametrize("days_ahead", [1, 30])
def test_a_covariate_that_peeks_is_caught(sales: pl.DataFrame, days_ahead: int) -> None:
    def peeking(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
        seen = sales.filter(pl.col("ds").is_between(origin, origin + timedelta(days=days_ahead), closed="right"))
        peek = seen.group_by("unique_id").agg(pl.col("y").mean().alias("peek"))
        known = sales.join(peek, on="unique_id", how="left").with_columns(pl.col("peek").fill_null(0))
        return forecast(known, origin=origin)  # with as many trees as the model needs to serve

    assert "q0.5" in find_leaks(peeking, sales, ORIGIN)["dealt to other series"]


def test_a_scale_taken_from_everything_is_caught(sales: pl.DataFrame) -> None:
    def scaled(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
        return forecast(sales.with_columns(pl.col("y") / pl.col("y").mean()), origin=origin, settings=QUICK)

    with pytest.raises(LeakError, match=r"mean, q0\.1, q0\.5, q0\.9 at 2020-09-16 changed: they read past the origin"):
        check_point_in_time(scaled, sales, ORIGIN)
