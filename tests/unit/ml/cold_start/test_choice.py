"""Who serves new releases: planted losses by hand, each horizon for itself, and never by what it is shown on."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.cold_start.choice import CHOICE, blended, choose, completed, losses
from ml.cold_start.coverage import correction
from ml.cold_start.spread import Past
from ml.cold_start.warm_up import beside, chosen

ORIGINS = [date(2024, 1, 1) + timedelta(days=30 * k) for k in range(6)]
NUMBERS = ("mean", "q0.1", "q0.5", "q0.9")


def forecasts(n: int, origins: list[date], **columns: object) -> pl.DataFrame:
    """The cold start's forecasts of `n` releases at each origin, eight days on sale, with every statistic at 10."""
    ids = pl.DataFrame({"unique_id": [f"R{k}" for k in range(n)]})
    horizons = pl.DataFrame({"horizon": [30, 60, 90]}, schema={"horizon": pl.Int32})
    defaults: dict[str, object] = dict.fromkeys(NUMBERS, 10.0) | {
        "target": "units",
        "model": "cold_start",
        "band": 14,
        "is_calibrated": True,
        "loss_scale": 1.0,
        "actual": 10.0,
        "starts_on": date(2024, 1, 2),
    }
    values = {name: pl.lit(value) for name, value in (defaults | columns).items()}
    rows = ids.join(pl.DataFrame({"origin": origins}), how="cross").join(horizons, how="cross")
    return rows.with_columns(**values).with_columns(pl.col("band").cast(pl.Int32))


def model_says(cold: pl.DataFrame, by_horizon: dict[int, float]) -> pl.DataFrame:
    number = pl.col("horizon").replace_strict(by_horizon, return_dtype=pl.Float64)
    named = cold.select("unique_id", "origin", "horizon", "target", *(number.alias(name) for name in NUMBERS))
    return named.with_columns(model=pl.lit("lightgbm"))


def shares(choice: pl.DataFrame) -> list[float]:
    return choice.filter(pl.col("band") == 14)["model_share"].to_list()


def test_each_horizon_is_served_by_who_was_better_there() -> None:
    cold = forecasts(20, ORIGINS).with_columns(
        pl.when(pl.col("horizon") == 30).then(pl.lit(10.0)).otherwise(pl.lit(50.0)).alias(name) for name in NUMBERS
    )
    tried = losses(cold, beside(cold, model_says(cold, {30: 90.0, 60: 10.0, 90: 10.0})))
    assert shares(choose(tried)) == [0.0, 1.0, 1.0]


def test_a_horizon_with_too_few_forecasts_does_as_all_horizons_do_together() -> None:
    cold = forecasts(20, ORIGINS).filter((pl.col("horizon") < 90) | (pl.col("origin") == ORIGINS[0]))
    tried = losses(cold, beside(cold, model_says(cold, {30: 90.0, 60: 90.0, 90: 10.0})))
    assert shares(choose(tried)) == [0.0, 0.0, 0.0], "twenty forecasts of one origin do not speak for themselves"


def test_what_one_origin_makes_of_it_is_chance_and_what_few_do_counts_for_nothing() -> None:
    cold = forecasts(20, ORIGINS)
    model = model_says(cold, dict.fromkeys((30, 60, 90), 10.5))
    once = pl.when(pl.col("origin") == ORIGINS[2]).then(pl.lit(80.0))
    lucky = model.with_columns(once.otherwise(pl.lit(10.0)).alias(name) for name in NUMBERS)
    assert shares(choose(losses(cold, beside(cold, lucky)))) == [0.5, 0.5, 0.5], "all of the gain is of one origin"
    assert shares(choose(losses(cold, beside(cold, model)))) == [0.0, 0.0, 0.0]
    assert shares(choose(losses(cold, beside(cold, model)).with_columns(n=pl.lit(2, pl.UInt32)))) == [0.5, 0.5, 0.5]


def test_what_is_shown_of_an_origin_had_no_say_in_who_served_it() -> None:
    """The model is hopeless at the last origin and a little better at all others."""
    cold = forecasts(20, ORIGINS, **dict.fromkeys(NUMBERS, 13.0))
    at_last = pl.when(pl.col("origin") == ORIGINS[-1]).then(pl.lit(500.0))
    model = model_says(cold, dict.fromkeys((30, 60, 90), 10.0)).with_columns(
        at_last.otherwise(pl.lit(10.0)).alias(name) for name in NUMBERS
    )
    tried = losses(cold, beside(cold, model))
    apart = choose(tried, away_from=ORIGINS[-1])
    assert shares(apart) == [1.0, 1.0, 1.0], "without the last, the model was better at every origin"
    assert shares(choose(tried)) == [0.5, 0.5, 0.5]
    spoiled = tried.with_columns(
        pl.when(pl.col("origin") == ORIGINS[-1]).then(pl.lit(0.0)).otherwise("loss").alias("loss")
    )
    assert choose(spoiled, away_from=ORIGINS[-1]).equals(apart)
    near = pl.col("origin") == ORIGINS[-2]
    at_90 = choose(tried.with_columns(pl.when(near).then(1e6).otherwise("loss").alias("loss")), away_from=ORIGINS[-1])
    assert shares(at_90)[2] == 1.0, "a window of 90 days overlaps that of the origin 30 days before"


def test_what_serves_grows_with_the_horizon_and_stays_in_order() -> None:
    cold = forecasts(3, ORIGINS[:1]).with_columns(
        (pl.lit(value) * pl.col("horizon") / 30).alias(name)
        for name, value in zip(NUMBERS, (20.0, 5.0, 15.0, 60.0), strict=True)
    )
    model = model_says(cold, {30: 8.0, 60: 16.0, 90: 24.0})
    rows = [(14, "units", h, m, s) for h, m, s in ((30, "cold_start", 0.0), (60, "model", 1.0), (90, "blend", 0.5))]
    choice = completed(pl.DataFrame(rows, schema=CHOICE, orient="row"))
    served = chosen(cold, beside(cold, model), choice).filter(pl.col("unique_id") == "R1")
    assert served["mean"].to_list() == [20.0, 20.0, 42.0], "16 at 60 days is less than 20 at 30"
    assert served["q0.1"].to_list() == [5.0, 16.0, 19.5]
    assert served["q0.5"].to_list() == [15.0, 16.0, 34.5]
    assert served["q0.9"].to_list() == [60.0, 60.0, 102.0]
    pairs = beside(cold, model)
    mixed = blended(pairs, pl.lit(0.25))
    assert mixed["q0.9"].to_list() == pytest.approx((0.75 * pairs["q0.9"] + 0.25 * pairs["model_q0.9"]).to_list())


def test_an_age_that_nobody_tried_and_a_spread_that_was_guessed_leave_it_to_the_model() -> None:
    cold = forecasts(3, ORIGINS[:1], is_calibrated=False)
    pairs = beside(cold, model_says(cold, {30: 8.0, 60: 16.0, 90: 24.0}))
    alone = pl.DataFrame([(14, "units", 30, "cold_start", 0.0)], schema=CHOICE, orient="row")
    assert chosen(cold, pairs, alone)["mean"].to_list() == [8.0, 16.0, 24.0] * 3
    assert choose(losses(cold, pairs)).filter(pl.col("band") == 14).is_empty()


def test_p90s_that_held_too_much_are_lowered_as_far_as_the_origins_can_tell() -> None:
    rng = np.random.default_rng(2)
    windows = [(rng.lognormal(3, 1, 50) - 1, np.full(50, 400.0)) for _ in range(12)]
    needed = np.quantile(np.concatenate([actual + 1 for actual, _ in windows]), 0.9) / 401
    assert correction([[window] for window in windows]) == pytest.approx(needed ** (12 / 16))
    assert correction([windows]) == pytest.approx(needed ** (1 / 5)), "one origin says little"
    assert correction([[(np.zeros(29), np.ones(29))]]) == 1.0


def test_newer_launches_say_more_of_how_wide_launches_are() -> None:
    """Errors of a launch spread over a factor of e² a year ago, and hardly at all in the last two months."""
    rng = np.random.default_rng(8)
    rows = [
        {"unique_id": f"R{k}", "origin": origin, "starts_on": origin + timedelta(days=1), "actual": float(actual)}
        for k, (origin, sd) in enumerate(
            zip([ORIGINS[0]] * 200 + [ORIGINS[4]] * 200, [2.0] * 200 + [0.1] * 200, strict=True)
        )
        for actual in [100 * np.exp(rng.normal(0, sd))]
    ]
    past = pl.DataFrame(rows).with_columns(
        model=pl.lit("cold_start"),
        target=pl.lit("units"),
        horizon=pl.lit(30, pl.Int32),
        point=pl.lit(100.0),
        price=pl.lit(1.0),
    )
    now = ORIGINS[4] + timedelta(days=60)

    def width(band: int) -> float:
        of_band = past.with_columns(band=pl.lit(band, pl.Int32))
        asked = of_band.head(1).with_columns(origin=pl.lit(now))
        return float(Past.of(of_band).around(asked, now).select((pl.col("q0.9") / pl.col("q0.1")).log()).item())

    assert width(0) < 0.6 * width(28)
