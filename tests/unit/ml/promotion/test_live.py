"""Live losses against SQL written for this test, and the band against its formula."""

import datetime as dt
import math
import statistics

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.promotion.live import Band, band_of, leaves_band, live_losses

DAY = dt.date(2026, 1, 31)


def test_losses_of_ended_windows_are_those_of_sql() -> None:
    rng = np.random.default_rng(3)
    sales = pl.DataFrame(
        {
            "unique_id": [f"R{k}" for k in rng.integers(0, 12, 900)],
            "ds": [DAY + dt.timedelta(days=int(k)) for k in rng.integers(-500, 60, 900)],
            "y": rng.integers(1, 6, 900).astype(float),
        }
    )
    quantiles = np.sort(rng.gamma(2, 6, (24, 3)), axis=1)
    predictions = pl.DataFrame(
        {
            "model": ["forecast"] * 24,
            "until": [DAY + dt.timedelta(days=59)] * 24,
            "entity": [f"R{k % 12}" for k in range(24)],
            "origin": [DAY] * 24,
            "horizon_days": pl.Series([30] * 12 + [90] * 12, dtype=pl.Int32),
            "role": ["champion"] * 24,
            "version": [1] * 24,
            **{name: quantiles[:, k] for k, name in enumerate(("p10", "p50", "p90"))},
        }
    )
    found = live_losses(predictions, sales)
    assert found["horizon_days"].unique().to_list() == [30], "windows of 90 days have not ended"
    expected = (
        duckdb.connect()
        .sql(
            """
        with w as (
          select p.*, date_diff('day', p.origin, s.ds) as k, s.y from predictions p
          join sales s on s.unique_id = p.entity where horizon_days = 30
        ), a as (
          select entity, any_value(p10) p10, any_value(p50) p50, any_value(p90) p90,
            coalesce(sum(y) filter (k between 1 and 30), 0) as actual, sum(y) filter (k between -89 and 0) as recent,
            greatest(sum(y) filter (k between -363 and 0) / least(364, greatest(28, 1 - min(k))) * 30, 1) as scale
          from w group by entity
        )
        select entity, actual, (greatest(.1 * (actual - p10), -.9 * (actual - p10))
          + .5 * abs(actual - p50) + greatest(.9 * (actual - p90), -.1 * (actual - p90))) / scale as loss,
          (actual <= p90)::double as covered
        from a where recent > 0 order by entity
        """
        )
        .pl()
    )
    for name in ("actual", "loss", "covered"):
        assert found[name].to_list() == pytest.approx(expected[name].to_list()), name


def test_the_band_is_the_prediction_interval_of_logarithms() -> None:
    losses = [0.8, 1.0, 1.1, 0.9, 1.3]
    logs = [math.log(x) for x in losses]
    half = 2.7764451 * statistics.stdev(logs) * math.sqrt(1.2)  # t(.975, 4) from a table
    found = band_of(losses)
    assert found is not None
    assert found.high == pytest.approx(math.exp(statistics.mean(logs) + half))
    assert found.low == pytest.approx(math.exp(statistics.mean(logs) - half))
    assert band_of(losses[:2]) is None


def test_two_origins_in_a_row_leave_the_band() -> None:
    band = Band(0.5, 2.0, 9)
    cases = [[], [3.0], [3.0, 1.0], [1.0, 2.1, 2.1], [0.1, 0.1]]
    assert [leaves_band(one, band) for one in cases] == [False, False, False, True, False]
    assert not leaves_band([3.0, 3.0], None)
