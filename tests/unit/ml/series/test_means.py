"""The mean is where sums come out right: neither the median of a skewed forecast nor an average of unbent errors."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from ml.series.backtest import forecast_frame
from ml.series.boosting import Settings
from ml.series.frame import Reading, prepare
from ml.series.means import FEWEST_ROWS, mean_share
from ml.series.rehearsal import Request

START = dt.date(2020, 1, 6)


def test_the_share_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(11)
    median, size = rng.uniform(5, 10, 400), rng.uniform(5, 10, 400)
    mean = median + rng.uniform(0, 2, 400)
    actual = median + 0.3 * (mean - median) + rng.normal(0, 0.1, 400)
    (slope,) = np.linalg.lstsq(((mean - median) / size)[:, None], (actual - median) / size, rcond=None)[0]
    assert mean_share(median, mean, actual, size) == pytest.approx(slope)
    assert slope == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(("actual", "share"), [(lambda low, high: low - 1, 0.0), (lambda low, high: high + 1, 1.0)])
def test_the_share_stays_between_median_and_mean(actual: object, share: float) -> None:
    median, mean = np.full(100, 5.0), np.full(100, 6.0)
    assert callable(actual)
    assert mean_share(median, mean, actual(median, mean), np.ones(100)) == share


def test_few_rows_or_unknown_ones_say_nothing() -> None:
    median, mean = np.full(100, 5.0), np.full(100, 6.0)
    actual = np.where(np.arange(100) < FEWEST_ROWS - 1, 6.0, np.nan)
    assert mean_share(median, mean, actual, np.ones(100)) == 0.0


def test_the_means_of_steady_demand_add_up_to_what_it_brings() -> None:
    """150 series of Poisson demand with means from 2 to 12, no trend, no season: 13 weeks bring 13 times the means."""
    rng = np.random.default_rng(5)
    rates = np.linspace(2, 12, 150)
    weeks = [START + dt.timedelta(weeks=k) for k in range(120)]
    frame = pl.concat(
        pl.DataFrame({"unique_id": f"s{k:03}", "ds": weeks, "y": rng.poisson(rate, 120).astype(float)})
        for k, rate in enumerate(rates)
    )
    request = Request(horizons=(13,), quantiles=(0.1, 0.5, 0.9), is_sum=True)
    found = forecast_frame(prepare(frame, Reading("W", longest=13)), request, Settings(trees=40))
    bias = float(found["mean"].sum()) / float(13 * rates.sum()) - 1
    assert abs(bias) < 0.03
