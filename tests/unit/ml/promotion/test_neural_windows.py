"""Windows by hand and by SQL; the comparison by its definition; a real network that learns what is planted."""

import datetime as dt

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.forecasting.backtest import backtest
from ml.forecasting.forecaster import default_settings
from ml.promotion.neural_windows import MOST_WINDOWS, Compared, compare, windows
from resources.neural.network import NeuralError, is_installed, predicted
from tests.needs import need

ORIGIN = dt.date(2026, 3, 1)


def sales(days: int = 300, releases: int = 12) -> pl.DataFrame:
    rng = np.random.default_rng(2)
    rows = [
        (f"R{one:02}", ORIGIN - dt.timedelta(days=int(back)), float(rng.integers(-1, 9)))
        for one in range(releases)
        for back in rng.choice(np.arange(-20, days), 90, replace=False)
    ]
    return pl.DataFrame(rows, schema=["unique_id", "ds", "y"], orient="row")


def test_windows_are_what_sql_sums() -> None:
    sold = sales()
    found = windows(sold, [ORIGIN]).filter(pl.col("y") > 0).drop("origin")
    by_sql = duckdb.execute(
        f"select unique_id, -((date '{ORIGIN}' - ds) // 30) as ds, sum(y) as y from sold "
        f"where ds <= date '{ORIGIN}' and y > 0 group by all order by all"
    ).fetchall()
    assert found.rows() == by_sql
    spans = windows(sold, [ORIGIN]).group_by("unique_id").agg(pl.col("ds").max(), gaps=pl.col("ds").diff().max())
    assert set(spans.select("ds", "gaps").iter_rows()) == {(0, 1)}, "each release has every window up to the origin"


def test_nothing_after_the_origin_and_no_more_than_three_years() -> None:
    later = pl.DataFrame({"unique_id": ["R00"], "ds": [ORIGIN + dt.timedelta(days=1)], "y": [500.0]})
    assert windows(pl.concat([sales(), later]), [ORIGIN]).equals(windows(sales(), [ORIGIN]))
    old = pl.DataFrame({"unique_id": ["R99"], "ds": [ORIGIN - dt.timedelta(days=3000)], "y": [1.0]})
    assert windows(old, [ORIGIN]).height == MOST_WINDOWS
    new = pl.DataFrame({"unique_id": ["R98"], "ds": [ORIGIN], "y": [1.0]})
    assert windows(new, [ORIGIN]).is_empty(), "one window teaches nothing"


def test_losses_are_those_of_shared_releases() -> None:
    columns = {"origin": ORIGIN, "target": "units", "horizon": 30, "is_active": True, "loss_scale": 2.0}
    quantiles = {"q0.1": 8.0, "q0.5": 12.0, "q0.9": 15.0}
    rows = [
        {"unique_id": one, "model": model, "demand": 10.0, **columns, **quantiles}
        for one in ("R1", "R2")
        for model in ("lightgbm", "mean_28", "naive")
    ]
    made = pl.DataFrame({"origin": [ORIGIN], "unique_id": ["R1"], "q0.1": [10.0], "q0.5": [10.0], "q0.9": [10.0]})
    found = compare("lstm", pl.DataFrame(rows), made, "mean_28")
    assert found is not None
    assert (found.loss, found.pairs, found.origins) == (0.0, 1, (ORIGIN,))
    # .1 * (10 - 8), .5 * (12 - 10) and .1 * (15 - 10), over 2.
    assert found.champion_loss == pytest.approx((0.2 + 1.0 + 0.5) / 2)
    assert found.wins
    assert not Compared("lstm", 0.995, 1.0, 1.2, 9, (ORIGIN,)).wins, "a tie goes to the simpler model"
    assert compare("lstm", pl.DataFrame(rows), made.clear(), "mean_28") is None


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_a_network_learns_which_releases_sell() -> None:
    need(is_installed(), "no NeuralForecast: make neural")
    rng = np.random.default_rng(5)
    days = [ORIGIN - dt.timedelta(days=30 * k) for k in range(16)]
    sold = [(f"R{one:02}", day, float(rng.poisson(20 + 30 * one))) for one in range(20) for day in days]
    frame = pl.DataFrame(sold, schema=["unique_id", "ds", "y"], orient="row")
    made = predicted(windows(frame, [ORIGIN]), "lstm", threads=1, steps=150).sort("unique_id")
    assert made.height == 20
    assert made.filter((pl.col("q0.1") > pl.col("q0.5")) | (pl.col("q0.5") > pl.col("q0.9"))).is_empty()
    planted = np.array([20.0 + 30 * one for one in range(20)])
    assert np.corrcoef(made["q0.5"].to_numpy(), planted)[0, 1] > 0.9
    with pytest.raises(NeuralError, match="no network elman"):
        predicted(windows(frame, [ORIGIN]), "elman", threads=1)


@pytest.mark.heavy
def test_a_network_that_says_what_lightgbm_says_ties_on_a_real_backtest() -> None:
    rng = np.random.default_rng(3)
    days = [ORIGIN - dt.timedelta(days=back) for back in range(-100, 420)]
    rows = [(f"R{one:02}", day, float(rng.poisson(1 + one % 5)), 9.0) for one in range(30) for day in days]
    frame = pl.DataFrame(rows, schema=["unique_id", "ds", "y", "revenue"], orient="row")
    made = backtest(frame, None, [ORIGIN], holdout=0, settings=default_settings(num_threads=1))
    own = made.filter((pl.col("model") == "lightgbm") & (pl.col("horizon") == 30) & (pl.col("target") == "units"))
    single = own.select("origin", "unique_id", pl.col("q0.1", "q0.5", "q0.9").cast(pl.Float32))
    found = compare("lstm", made, single, "mean_28")
    assert found is not None
    assert found.pairs > 20
    assert found.loss == pytest.approx(found.champion_loss, rel=1e-5)
    assert not found.wins
