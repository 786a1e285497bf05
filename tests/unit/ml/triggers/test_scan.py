"""Planted shifts, silences and joint deviations are found in many series, and a later day changes none of them."""

import datetime as dt

import numpy as np
import polars as pl

from ml.triggers.limits import limits
from ml.triggers.panel import Metric
from ml.triggers.scan import scan

FIRST, DAYS, SERIES = dt.date(2026, 1, 1), 150, 80
METRICS = {name: Metric("amount", np.nan, name) for name in ("plays", "price", "saves")}


def rows(values: dict[str, np.ndarray]) -> pl.DataFrame:
    dates = pl.date_range(FIRST, FIRST + dt.timedelta(days=DAYS - 1), eager=True)
    ids = np.repeat([f"R{number:03d}" for number in range(SERIES)], DAYS)
    return pl.concat(
        [
            pl.DataFrame({"unique_id": ids, "ds": pl.concat([dates] * SERIES), "y": one.ravel()}).with_columns(
                metric=pl.lit(name)
            )
            for name, one in values.items()
        ]
    ).filter(pl.col("y").is_not_nan())


def world() -> pl.DataFrame:
    rng = np.random.default_rng(4)
    values = {name: 100 * np.exp(rng.normal(0, 0.1, (SERIES, DAYS))) for name in METRICS}
    values["plays"][3, 120:] *= 1.6  # the level
    values["plays"][5, 130:] = np.nan  # no data any more
    for name in METRICS:
        values[name][7, 140] *= np.exp(0.32)  # not much in each, unusual in three
    return rows(values)


def found(daily: pl.DataFrame, days: int) -> pl.DataFrame:
    return scan(daily, METRICS, days, shifted=["plays"], joint=list(METRICS))


def test_what_was_planted_is_found_with_its_reason() -> None:
    triggers = found(world(), 60)
    shift = triggers.filter(pl.col("kind") == "shift_up", pl.col("unique_id") == "R003").row(0, named=True)
    assert 120 < (shift["ds"] - FIRST).days <= 127
    assert shift["reason"].startswith("the level of plays is 1")
    missing = triggers.filter(kind="missing")
    assert missing.select("unique_id", "ds", "reason").rows() == [
        ("R005", FIRST + dt.timedelta(days=131), "no plays for two days, where nearly every day had some")
    ]
    joint = triggers.filter(pl.col("kind") == "unusual", pl.col("unique_id") == "R007")
    assert joint["ds"].to_list() == [FIRST + dt.timedelta(days=140)]
    assert "together are unusual (isolation forest and PCA on windows)" in joint["reason"][0]
    assert joint["moved_with"][0].count("sigma") >= 2
    assert triggers.filter(kind="unusual").height <= 0.003 * SERIES * 60 * 2
    assert not triggers.select(pl.struct("unique_id", "metric", "ds").is_duplicated().any()).item()


def test_later_days_change_no_trigger() -> None:
    daily = world()
    cut = FIRST + dt.timedelta(days=DAYS - 9)
    whole = found(daily, 40).filter(pl.col("ds") <= cut, pl.col("ds") > cut - dt.timedelta(days=32))
    known = found(daily.filter(pl.col("ds") <= cut), 32)
    assert known.sort(known.columns).equals(whole.sort(whole.columns))


def test_limits_are_the_quantiles_of_all_series_of_four_weeks() -> None:
    rng = np.random.default_rng(0)
    sigmas = rng.standard_t(3, size=(60, 90))
    sigmas[rng.random(sigmas.shape) < 0.4] = np.nan
    size = np.abs(sigmas)
    for day, limit in enumerate(limits(sigmas, 0.003, 0.5, 40)):
        known = size[:, max(0, day - 28) : day]
        known = known[~np.isnan(known)]
        if day < 50:
            assert limit == np.inf
        else:
            usual, extreme = np.quantile(known, (1 - 6 * 0.003, 1 - 0.003))
            assert np.isclose(limit, max(0.5, min(extreme, 1.6 * usual)), rtol=1e-12)
