"""Awkward series: the documented fallback or an error that names series and rule, never NaN."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.series.frame import Reading, prepare
from ml.series.frequency import SeriesError
from tests.unit.ml.series.conftest import dates, forecast, long, seasonal

STATISTICS = ("mean", "q0.1", "q0.5", "q0.9")


def sound(made: pl.DataFrame) -> None:
    assert made.select(pl.col(*STATISTICS).is_finite().all()).row(0) == (True,) * 4
    assert made.filter((pl.col("q0.1") > pl.col("q0.5")) | (pl.col("q0.5") > pl.col("q0.9"))).is_empty()


@pytest.fixture(scope="module")
def ordinary() -> dict[str, Any]:
    return {f"S{k:02d}": y for k, y in enumerate(seasonal(12, 200, {7: 0.3}, 0.05, seed=1)[1])}


def test_each_kind_has_the_fallback_that_the_documentation_names(ordinary: dict[str, Any]) -> None:
    rng = np.random.default_rng(2)
    awkward = {
        "zero": np.zeros(50),
        "constant": np.full(30, 7.5),
        "one": np.array([4.0]),
        "few": np.array([4.0, 6.0, 5.0]),
        "rare": np.where(rng.random(200) < 0.2, rng.integers(1, 6, 200), 0),
        "negative": rng.normal(-20, 3, 200),
    }
    made = forecast(long(ordinary | awkward).sample(fraction=1, shuffle=True, seed=4))
    sound(made)
    models = {name: set(rows["model"]) for (name,), rows in made.group_by("unique_id")}
    assert models == {name: {"blend"} for name in ordinary} | {
        "zero": {"zero"},
        "constant": {"constant"},
        "one": {"mean"},
        "few": {"mean"},
        "rare": {"tsb"},
        "negative": {"blend"},
    }
    by = {name: rows for (name,), rows in made.group_by("unique_id", maintain_order=True)}
    assert by["zero"].select(pl.sum_horizontal(*STATISTICS).sum()).item() == 0
    assert set(by["constant"]["q0.1"]) | set(by["constant"]["q0.9"]) == {7.5}
    assert by["few"]["q0.5"].to_list() == pytest.approx([5.0] * 7, rel=0.2)
    assert (by["few"]["q0.1"] < 4.9).all()
    assert by["rare"]["q0.5"].to_list() == [0.0] * 7
    assert by["rare"]["mean"][0] == pytest.approx(awkward["rare"].mean(), rel=0.5)
    assert (by["negative"]["q0.9"] < 0).all()


def test_nothing_below_zero_for_a_series_that_never_was(ordinary: dict[str, Any]) -> None:
    counts = {f"C{k}": np.random.default_rng(k).poisson(1.2, 150) for k in range(8)}
    for is_sum in (False, True):
        made = forecast(long(counts), (5, 20), is_sum=is_sum)
        sound(made)
        assert (made.select(pl.min_horizontal(*STATISTICS).min()).item()) >= 0
    grown = made.pivot(index="unique_id", on="horizon", values=["mean", "q0.9"])
    assert (grown["mean_20"] >= grown["mean_5"]).all()
    assert (grown["q0.9_20"] >= grown["q0.9_5"]).all()


def test_gaps_are_unknown_or_zero_as_asked() -> None:
    y = np.full(60, 10.0) + np.random.default_rng(0).normal(0, 0.5, 60)
    holes = long({"a": y}).filter(pl.int_range(pl.len()) % 3 == 0)
    unknown = forecast(holes, (3,), is_sum=True)
    zero = forecast(holes, (3,), is_sum=True, fill_zero=True)
    assert unknown["mean"][0] == pytest.approx(30, rel=0.1)
    assert zero["mean"][0] == pytest.approx(10, rel=0.35)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (long({"a": [1.0, 2.0]}).drop("y"), "column 'y' is missing"),
        (long({"a": [1.0, 2.0]}).clear(), "no rows"),
        (pl.concat([long({"a": [1.0]})] * 2), r"series 'a' has several rows on 2020-01-01 .*--on-duplicate sum"),
        (long({"a": [1.0, 1e101]}), "series 'a' on 2020-01-02: y is 1e\\+101"),
        (long({"a": [1.0, float("inf")]}), "series 'a' on 2020-01-02: y is inf"),
        (long({"a": [float("nan")] * 3}), "no row has a y"),
        (long({"a": [1.0]}).with_columns(y=pl.lit("x")), "y is String, it must be a number"),
        (long({"a": [1.0, 2.0]}).with_columns(unique_id=pl.lit(None, pl.String)), "2 rows have no unique_id"),
        (long({"a": [1.0, 2.0]}).with_columns(p=pl.Series([1.0, None])), "column 'p' has no value on 2020-01-02"),
        (long({"a": [1.0]}, "ME"), "dates of frequency B are Mondays to Fridays"),
    ],
)
def test_what_is_wrong_is_said_with_series_and_date(frame: pl.DataFrame, message: str) -> None:
    freq = "B" if "Mondays" in message else "D"
    if freq == "B":
        frame = frame.with_columns(ds=pl.lit(dt.date(2024, 3, 2)))
    with pytest.raises(SeriesError, match=message):
        prepare(frame, Reading(freq, 3))


def test_duplicates_are_added_up_when_asked() -> None:
    twice = pl.concat([long({"a": np.arange(1.0, 40.0)})] * 2)
    panel = prepare(twice, Reading("D", 3, sum_duplicates=True)).panel
    assert panel.values.tolist() == [2.0 * k for k in range(1, 40)]


VALUES = st.one_of(
    st.floats(-1e6, 1e6), st.just(0.0), st.floats(-1e100, 1e100), st.just(float("nan")), st.floats(0, 1e-300)
)
SERIES = st.dictionaries(st.integers(0, 90), VALUES, min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(st.lists(SERIES, min_size=1, max_size=5), st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_any_frame_gives_a_sound_forecast_or_says_why_not(
    drawn: list[dict[int, float]], is_sum: bool, fill_zero: bool, chance: Any
) -> None:
    days = dates("D", 91)
    rows = [{"unique_id": f"S{k}", "ds": days[d], "y": y} for k, one in enumerate(drawn) for d, y in one.items()]
    chance.shuffle(rows)
    frame = pl.DataFrame(rows, schema={"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64})
    if frame["y"].fill_nan(None).null_count() == frame.height:
        with pytest.raises(SeriesError, match="no row has a y"):
            forecast(frame, (2, 5), is_sum=is_sum, fill_zero=fill_zero)
        return
    made = forecast(frame, (2, 5), is_sum=is_sum, fill_zero=fill_zero)
    sound(made)
    alive = frame.filter(pl.col("y").is_not_nan())["unique_id"].n_unique()
    assert made.height == alive * (2 if is_sum else 5)
