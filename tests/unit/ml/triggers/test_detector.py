"""Triggers of one series: planted truth is found, and no score knows what comes after its point."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.triggers.detector import TriggerOptions, find_triggers

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PLAIN = TriggerOptions(models=False)


def hours(y: np.ndarray, name: str = "a") -> pl.DataFrame:
    ds = [START + dt.timedelta(hours=hour) for hour in range(len(y))]
    return pl.DataFrame({"unique_id": [name] * len(y), "ds": ds, "y": y})


def daily_pattern(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 100 + 30 * np.sin(np.arange(count) * 2 * np.pi / 24) + rng.normal(0, 2, count)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 399), st.sampled_from(["noise", "counts", "gaps", "walk"]))
def test_no_score_changes_when_later_points_are_cut_off_or_corrupted(seed: int, cut: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    y = {
        "noise": rng.normal(0, 1, 400),
        "counts": rng.poisson(0.7, 400).astype(float),
        "walk": rng.normal(0, 1, 400).cumsum(),
    }
    y["gaps"] = np.where(rng.random(400) < 0.1, np.nan, y["noise"])
    rows = hours(y[kind])
    if kind == "gaps":
        rows = rows.filter(pl.Series(rng.random(400) > 0.1) | (pl.int_range(pl.len()) < 15))
    cut = min(cut, rows.height - 1)
    later = pl.int_range(pl.len()) >= cut
    corrupted = rows.with_columns(pl.when(later).then(1e6).otherwise("y").alias("y"))
    whole = find_triggers(rows, PLAIN).head(cut)
    assert find_triggers(rows.head(cut), PLAIN).equals(whole)
    assert find_triggers(corrupted, PLAIN).head(cut).equals(whole)


@pytest.mark.heavy
def test_the_models_do_not_know_later_points_either() -> None:
    rows = hours(daily_pattern(900))
    whole = find_triggers(rows)
    for cut in (320, 700):
        assert find_triggers(rows.head(cut)).equals(whole.head(cut))
    assert (whole["score"].tail(500) > 0).sum() > 400


def test_a_spike_a_drop_and_a_shift_are_found_where_they_were_planted() -> None:
    y = daily_pattern(24 * 40)
    y[500] += 60
    y[620] -= 60
    y[800:] += 50
    scored = find_triggers(hours(y), PLAIN)
    found = scored.with_row_index("step").filter("is_trigger")
    assert {500, 620} <= set(found["step"].to_list())
    assert found.filter(pl.col("step").is_between(800, 806)).height > 0
    # Apart from what was planted and the day after it: at most three alarms in five weeks of noise.
    assert (
        found.filter(
            ~pl.col("step").is_between(500, 524) & ~pl.col("step").is_between(620, 644) & (pl.col("step") < 800)
        ).height
        <= 3
    )
    spike = scored.row(500, named=True)
    assert abs(spike["expected"] - (100 + 30 * np.sin(500 * 2 * np.pi / 24))) < 4
    assert "above the expected" in spike["reason"]


def test_the_first_gap_of_a_series_is_a_trigger_and_says_how_long_it_was() -> None:
    rows = hours(daily_pattern(400)).filter(~pl.int_range(pl.len()).is_between(300, 311))
    scored = find_triggers(rows, PLAIN)
    assert scored.row(300, named=True)["reason"].startswith("12 steps without data before this point")
    assert scored["is_trigger"][300]


def test_false_alarms_on_noise_stay_near_the_budget() -> None:
    weeks = 20
    y = np.random.default_rng(5).normal(0, 1, (30, 7 * weeks))
    start = dt.date(2026, 1, 1)
    rows = pl.concat(
        [
            pl.DataFrame(
                {
                    "unique_id": [str(k)] * len(one),
                    "ds": pl.date_range(start, start + dt.timedelta(days=len(one) - 1), eager=True),
                    "y": one,
                }
            )
            for k, one in enumerate(y)
        ]
    )
    few = find_triggers(rows, TriggerOptions(alarms_per_week=0.1, models=False))["is_trigger"].sum()
    many = find_triggers(rows, TriggerOptions(alarms_per_week=0.5, models=False))["is_trigger"].sum()
    assert few <= 2 * 0.1 * weeks * 30
    assert few < many


@pytest.mark.parametrize(
    "y", [[], [1.0], [1.0, 2.0], [5.0] * 60, [0.0] * 60, [float("nan")] * 60, [float("inf"), 1.0] * 30]
)
def test_degenerate_series_have_finite_scores_and_no_trigger(y: list[float]) -> None:
    scored = find_triggers(hours(np.array(y, dtype=float)).with_columns(pl.col("unique_id").cast(pl.String)))
    assert scored.height == len(y)
    assert scored["score"].is_finite().all()
    assert not scored["is_trigger"].any()
