"""Ratios of losses with their limits, against planted truth and against formulas."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.forecasting.comparison import ratio_limits, served
from ml.forecasting.segments import SEGMENTS

KEYS = {(target, h) for target in ("units",) for h in (30, 60, 90)}
ORIGINS = [date(2023, 1, 1) + timedelta(days=30 * o) for o in range(12)]
OURS = dict.fromkeys(ORIGINS, dict.fromkeys(KEYS, dict.fromkeys(SEGMENTS, "lightgbm")))


def frame(errors: dict[str, np.ndarray], horizons: tuple[int, ...] = (30, 60, 90)) -> pl.DataFrame:
    """A backtest whose truth is 100 and whose forecasts are all off by errors (releases, origins)."""
    rows = [
        {
            "model": model, "target": "units", "horizon": h, "origin": ORIGINS[o],
            "unique_id": f"R{r:03}", "segment": SEGMENTS[r % 6], "is_active": True, "actual": 100.0,
            "mean": 100 + e, "q0.1": 100 + e, "q0.5": 100 + e, "q0.9": 100 + e, "loss_scale": 1.0,
        }
        for model, all_errors in errors.items()
        for (r, o), e in np.ndenumerate(all_errors)
        for h in horizons
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"horizon": pl.Int32})


def test_a_ratio_that_never_varies_is_its_own_limit() -> None:
    errors = np.random.default_rng(1).uniform(1, 9, (20, 5))
    found = ratio_limits(frame({"lightgbm": errors, "naive": 2 * errors}), OURS, resamples=200)
    naive = found.filter(pl.col("model") == "naive")
    assert naive["horizon"].to_list() == [30, 60, 90, 0]
    for column in ("pinball_ratio", "pinball_ratio_limit", "wape_ratio", "wape_ratio_limit"):
        assert naive[column].to_list() == pytest.approx([0.5] * 4)
    assert found.filter(pl.col("model") == "lightgbm")["pinball_ratio_limit"].to_list() == pytest.approx([1.0] * 4)


def test_the_limit_agrees_with_the_delta_method() -> None:
    """Noise of releases and of origins: variances of the two-way bootstrap add up (Owen 2007, theorem 1)."""
    rng = np.random.default_rng(2)
    releases, origins = 120, 12
    theirs = np.full((releases, origins), 10.0)
    ours = 8 + rng.normal(0, 1.5, (releases, 1)) + rng.normal(0, 0.8, (1, origins)) + np.zeros_like(theirs)
    (row,) = (
        ratio_limits(frame({"lightgbm": ours, "naive": theirs}), OURS)
        .filter((pl.col("model") == "naive") & (pl.col("horizon") == 30))
        .to_dicts()
    )
    ratio = ours.sum() / theirs.sum()
    by_release, by_origin = (ours / 10).mean(axis=1), (ours / 10).mean(axis=0)
    sd = np.sqrt(by_release.var() / releases + by_origin.var() / origins)
    assert row["wape_ratio"] == pytest.approx(ratio)
    assert row["wape_ratio_limit"] == pytest.approx(ratio + 1.645 * sd, abs=0.15 * sd)


def test_few_origins_that_disagree_leave_the_question_open() -> None:
    """A thousand rows, better by 5% thanks to one origin of four: rows resampled alone would be sure of it."""
    ours = np.full((250, 4), 10.0)
    ours[:, 0] = 8.0
    (row,) = (
        ratio_limits(frame({"lightgbm": ours, "naive": np.full((250, 4), 10.0)}), OURS)
        .filter((pl.col("model") == "naive") & (pl.col("horizon") == 60))
        .to_dicts()
    )
    assert row["pinball_ratio"] == pytest.approx(0.95)
    assert row["pinball_ratio_limit"] == pytest.approx(1.0)


def test_the_average_is_that_of_the_three_horizons() -> None:
    rng = np.random.default_rng(3)
    parts = [
        frame({"lightgbm": rng.uniform(0, 9, (15, 4)), "naive": rng.uniform(0, 9, (15, 4))}, (h,)) for h in (30, 60, 90)
    ]
    rows = pl.concat(parts)
    found = ratio_limits(rows, OURS, resamples=50).filter((pl.col("model") == "naive") & (pl.col("horizon") == 0))
    per_horizon = (
        rows.with_columns(wape=(pl.col("mean") - 100).abs() / 100)
        .group_by("model", "horizon")
        .agg(pl.col("wape").mean())
    )
    means = dict(per_horizon.group_by("model").agg(pl.col("wape").mean()).iter_rows())
    assert found["wape_ratio"].to_list() == [pytest.approx(means["lightgbm"] / means["naive"])]


def test_what_is_served_is_each_segments_choice() -> None:
    rows = frame({"lightgbm": np.zeros((12, 2)), "naive": np.ones((12, 2))}, (30, 60, 90))
    named = {segment: "naive" if segment.endswith("young") else "lightgbm" for segment in SEGMENTS}
    made = served(rows, dict.fromkeys(ORIGINS, dict.fromkeys(KEYS, named)))
    assert made.height == 12 * 2 * 3
    assert set(made["model"]) == {"served"}
    young = made.filter(pl.col("segment").str.ends_with("young"))
    assert set(young["mean"]) == {101.0}
    assert set(made.filter(~pl.col("segment").str.ends_with("young"))["mean"]) == {100.0}
