"""Awkward series: a documented fallback or an error that names the series, never NaN."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.forecasting.boosting import Settings
from ml.forecasting.forecaster import every, fit, predict
from ml.forecasting.panel import SalesError
from tests.unit.ml.conftest import START, make_sales

SETTINGS = Settings(seed=1, num_threads=1, trees=15)
STATISTICS = ("mean", "q0.1", "q0.5", "q0.9")


def series(name: str, units: dict[int, float], price: float = 10.0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "unique_id": [name] * len(units),
            "ds": [START + timedelta(days=d) for d in units],
            "y": list(units.values()),
            "revenue": [u * price for u in units.values()],
        },
        schema={"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64, "revenue": pl.Float64},
    )


def forecast(sales: pl.DataFrame, origin: date, candidate: str = "lightgbm") -> pl.DataFrame:
    return predict(fit(sales, origin, settings=SETTINGS), sales, origin, serving=every(candidate))


def test_awkward_series_among_ordinary_ones(sales: pl.DataFrame) -> None:
    origin = START + timedelta(days=500)
    awkward = pl.concat(
        [
            series("one-sale-today", {500: 3.0}),
            series("constant", dict.fromkeys(range(501), 2.0)),
            series("all-zero", dict.fromkeys(range(400, 501), 0.0)),
            series("long-gap", {5: 40.0, 480: 1.0}),
            series("given-away", {450: 5.0, 470: 5.0}, price=0.0),
            series("a-year-silent", {100: 9.0}),
        ]
    )
    together = pl.concat([sales, awkward]).sample(fraction=1, shuffle=True, seed=2)
    made = forecast(together, origin)
    assert made.select(pl.col(*STATISTICS).is_finite().all()).row(0) == (True,) * 4
    ids = set(made["unique_id"])
    assert "a-year-silent" not in ids
    zero = made.filter(pl.col("unique_id") == "all-zero")
    assert zero["model"].unique().to_list() == ["zero"]
    assert zero.select(pl.sum_horizontal(*STATISTICS).sum()).item() == 0
    others = made.filter(pl.col("unique_id") != "all-zero")
    assert others["model"].unique().to_list() == ["lightgbm"]
    constant = made.filter((pl.col("unique_id") == "constant") & (pl.col("target") == "units")).sort("horizon")
    truth = pl.Series([60.0, 120.0, 180.0])
    assert ((constant["q0.1"] < truth) & (truth < constant["q0.9"])).all()


def test_two_weeks_of_one_series_are_forecast_by_the_mean_and_it_is_said(sales: pl.DataFrame) -> None:
    made = forecast(series("young", {0: 4.0, 13: 10.0}), START + timedelta(days=13))
    assert made["model"].unique().to_list() == ["mean_28 (uncalibrated)"]
    units = made.filter(pl.col("target") == "units").sort("horizon")
    assert units["mean"].to_list() == pytest.approx([30.0, 60.0, 90.0])
    assert made.filter(pl.col("target") == "revenue").sort("horizon")["mean"].to_list() == pytest.approx(
        [300, 600, 900]
    )


def test_too_little_to_train_is_forecast_by_the_calibrated_mean() -> None:
    sales = make_sales(150, 150, seed=3)
    made = forecast(sales, START + timedelta(days=149))
    served = {(r["horizon"], r["model"]) for r in made.iter_rows(named=True)}
    assert (90, "mean_28") in served
    assert (30, "lightgbm") in served


def test_seasonal_naive_says_where_it_fell_back(sales: pl.DataFrame) -> None:
    origin = START + timedelta(days=500)
    made = forecast(pl.concat([sales, series("young", {490: 3.0})]), origin, "seasonal_naive")
    served = {r["unique_id"]: r["model"] for r in made.iter_rows(named=True)}
    first = dict(sales.group_by("unique_id").agg(pl.col("ds").min()).iter_rows())
    for name, model in served.items():
        old = name in first and first[name] <= origin - timedelta(days=364)
        assert model == ("seasonal_naive" if old else "naive")


DAILY = st.dictionaries(st.integers(0, 300), st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=30)


@settings(max_examples=25)
@given(st.lists(DAILY, min_size=1, max_size=12), st.integers(0, 320))
def test_any_sales_give_finite_ordered_forecasts(drawn: list[dict[int, float]], day: int) -> None:
    sales = pl.concat([series(f"S{k:02d}", units) for k, units in enumerate(drawn)])
    origin = START + timedelta(days=max(day, min(min(units) for units in drawn)))
    made = forecast(sales, origin)
    assert made.select(pl.col(*STATISTICS).is_finite().all()).row(0) == (True,) * 4
    assert made.filter((pl.col("q0.1") < 0) | (pl.col("mean") < 0)).is_empty()
    assert made.filter((pl.col("q0.1") > pl.col("q0.5")) | (pl.col("q0.5") > pl.col("q0.9"))).is_empty()
    for name in STATISTICS:
        wide = made.pivot(index=["unique_id", "target"], on="horizon", values=name)
        assert ((wide["30"] <= wide["60"]) & (wide["60"] <= wide["90"])).all()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            series("twice", {1: 2.0}).vstack(series("twice", {1: 3.0})),
            r"share series and date \(first: series 'twice' on 2022-01-02\); sum them",
        ),
        (series("returned", {1: -2.0}), r"negative or infinite y \(first: series 'returned' on 2022-01-02\)"),
        (series("endless", {1: float("inf")}), r"negative or infinite y \(first: series 'endless' on 2022-01-02\)"),
        (series("nan", {1: float("nan")}), r"negative or infinite y \(first: series 'nan' on 2022-01-02\)"),
        (series("empty", {}), "no rows"),
        (series("hole", {1: 2.0}).with_columns(y=pl.lit(None, pl.Float64)), r"hold a null \(first: series 'hole'"),
        (series("text", {1: 2.0}).with_columns(pl.col("ds").cast(pl.String)), "ds is String, it must be a date"),
        (series("no-money", {1: 2.0}).drop("revenue"), "column 'revenue' is missing"),
    ],
)
def test_bad_rows_are_named(bad: pl.DataFrame, message: str) -> None:
    with pytest.raises(SalesError, match=message):
        fit(bad, START + timedelta(days=10), settings=SETTINGS)


def test_an_origin_before_all_sales_is_refused(sales: pl.DataFrame) -> None:
    with pytest.raises(SalesError, match="no row at or before the origin 2021-12-01"):
        fit(sales, date(2021, 12, 1), settings=SETTINGS)
