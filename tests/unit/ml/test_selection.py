"""The simple forecast serves where it wins, and the rows say who served."""

from datetime import timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from ml.forecasting.backtest import backtest
from ml.forecasting.boosting import Settings
from ml.forecasting.comparison import scores_of_all
from ml.forecasting.forecaster import every, fit, open_history, predict
from ml.forecasting.history import CANDIDATES
from ml.forecasting.intervals import RISK_LEVELS, monotone_over_horizons, risk_level
from ml.forecasting.metrics import evaluate
from ml.forecasting.segments import SEGMENTS, segment_codes
from ml.forecasting.selection import SIMPLEST_FIRST, cross_fitted, select_by_scores, select_serving, serves
from tests.unit.ml.conftest import START, make_sales

SETTINGS = Settings(seed=1, num_threads=2, trees=15)
QS = ("q0.1", "q0.5", "q0.9")
KEYS = {(target, h) for target in ("units", "revenue") for h in (30, 60, 90)}


@cache
def _scored(days: int) -> pl.DataFrame:
    return backtest(make_sales(60, days, seed=7, season=0.4), settings=SETTINGS)


def scored(sales: pl.DataFrame) -> pl.DataFrame:
    """The backtest of the common sales, computed once."""
    return _scored(560)


def worsened(run: pl.DataFrame, model: str, horizon: int) -> pl.DataFrame:
    """The run with one candidate's quantiles far above the truth at one horizon."""
    bad = (pl.col("model") == model) & (pl.col("horizon") == horizon)
    return run.with_columns(
        [pl.when(bad).then(pl.col(q) * 50 + 1000).otherwise(pl.col(q)).alias(q) for q in ("q0.1", "q0.5", "q0.9")]
    )


def losses_of(rows: pl.DataFrame) -> dict[str, float]:
    """Pinball loss by model, by hand."""
    found = {}
    for (model,), own in rows.group_by("model"):
        y, scale = own["actual"].to_numpy(), own["loss_scale"].to_numpy()
        found[str(model)] = sum(
            float(np.mean(np.maximum(a * (y - own[q].to_numpy()), (a - 1) * (y - own[q].to_numpy())) / scale))
            for q, a in (("q0.1", 0.1), ("q0.5", 0.5), ("q0.9", 0.9))
        )
    return found


def best_of(losses: dict[str, float]) -> str:
    """The rule in words: from simple to complex, whoever saves more than 1% takes over."""
    best = "mean_28"
    for model in ("naive", "seasonal_naive", "tsb", "lightgbm", "ensemble"):
        best = model if losses[model] < 0.99 * losses[best] else best
    return best


def best_of_segment(own: dict[str, float], of_all: dict[str, float]) -> str:
    """The rule in words: whoever serves all unless another saves more than 1%; of several the best of all together."""
    overall, least = best_of(of_all), min(own.values())
    as_good = sorted((of_all[model], model) for model, loss in own.items() if 0.99 * loss <= least)
    return overall if 0.99 * own[overall] <= least else as_good[0][1]


def test_within_each_segment_the_smallest_loss_serves_and_a_tie_goes_to_whoever_serves_all(sales: pl.DataFrame) -> None:
    many = pl.concat([scored(sales).with_columns(pl.col("unique_id") + f"-{k}") for k in range(4)])
    choice = select_serving(many)
    active = many.filter("is_active")
    told = 0
    for target, horizon in KEYS:
        rows = active.filter((pl.col("target") == target) & (pl.col("horizon") == horizon))
        of_all = losses_of(rows)
        for segment in SEGMENTS:
            own = rows.filter(pl.col("segment") == segment)
            tells = own.height >= 200 * 6 and own["origin"].n_unique() >= 3
            told += tells
            expected = best_of_segment(losses_of(own), of_all) if tells else best_of(of_all)
            assert choice[target, horizon][segment] == expected  # type: ignore[index]
    assert told > len(KEYS)


def scores_of(losses: dict[str, list[float]], segment: str) -> pl.DataFrame:
    """Scores of a segment and of all together by origin, 300 forecasts each, of candidates with these losses."""
    rows = [
        {"target": "units", "horizon": horizon, "population": population, "model": model, "origin": origin, "n": 300}
        | {"pinball": loss}
        for horizon in (30, 60, 90)
        for population in ("active", segment)
        for model, each in losses.items()
        for origin, loss in zip(MONTHS, each, strict=True)
    ]
    return pl.DataFrame(rows, schema_overrides={"horizon": pl.Int32})


MONTHS = [START + timedelta(days=300 + 30 * k) for k in range(9)]


def test_an_origin_does_not_choose_who_is_shown_to_serve_it() -> None:
    """One month in which TSB is far better: all together choose it, but that month itself is shown without it."""
    lucky = scores_of({"tsb": [0.1 if k == 4 else 1.1 for k in range(9)], "lightgbm": [1.0] * 9}, "high, warm")
    assert select_by_scores(lucky)["units", 30]["high, warm"] == "tsb"  # type: ignore[index]
    shown = cross_fitted(lucky)
    assert {shown[MONTHS[4]]["units", h]["high, warm"] for h in (30, 60, 90)} == {"lightgbm"}  # type: ignore[index]


def test_nor_do_origins_whose_windows_overlap_with_its_own() -> None:
    """At 30 days apart windows of 30 days share no day; those of 90 do with the two origins to each side."""
    lucky = scores_of({"tsb": [0.1 if k == 4 else 1.1 for k in range(9)], "lightgbm": [1.0] * 9}, "high, warm")
    shown = cross_fitted(lucky)
    without = {
        h: [k for k, day in enumerate(MONTHS) if shown[day]["units", h]["high, warm"] == "lightgbm"]  # type: ignore[index]
        for h in (30, 60, 90)
    }
    assert without == {30: [4], 60: [3, 4, 5], 90: [2, 3, 4, 5, 6]}


def test_an_origin_that_nothing_else_speaks_for_is_served_by_the_simplest() -> None:
    lonely = scores_of({"tsb": [1.1] * 9, "lightgbm": [1.0] * 9}, "high, warm").filter(pl.col("origin") == MONTHS[0])
    assert cross_fitted(lonely)[MONTHS[0]]["units", 30] == dict.fromkeys(SEGMENTS, "mean_28")
    far = cross_fitted(lonely, [MONTHS[8]])[MONTHS[8]]["units", 90]
    assert far == dict.fromkeys(SEGMENTS, "lightgbm")


def test_scores_show_what_serves_by_a_choice_that_it_had_no_part_in(sales: pl.DataFrame) -> None:
    run = scored(sales)
    shown = scores_of_all(run)
    assert shown.filter((pl.col("model") == "served") & pl.col("serves")).is_empty()
    by_origin = shown.filter(pl.col("serves") & pl.col("origin").is_not_null() & pl.col("population").is_in(SEGMENTS))
    found = by_origin.select("target", "horizon", "origin", segment="population", model="model")
    rows = run.join(found, on=["target", "horizon", "origin", "segment", "model"], how="semi").filter("is_active")
    for (target, horizon), own in rows.group_by("target", "horizon"):
        of = (pl.col("target") == target) & (pl.col("horizon") == horizon) & (pl.col("population") == "active")
        (row,) = shown.filter(of & (pl.col("model") == "served") & pl.col("origin").is_null()).to_dicts()
        by_hand = sum(losses_of(part)[str(name)] * part.height for (name,), part in own.group_by("model")) / own.height
        assert row["pinball"] == pytest.approx(by_hand)


def test_a_large_segment_chooses_for_itself_and_a_small_one_does_not(sales: pl.DataFrame) -> None:
    run = scored(sales)
    many = pl.concat([run.with_columns(pl.col("unique_id") + f"-{k}") for k in range(4)])
    warm = pl.col("segment") == "high, warm"
    bad = [pl.when(warm & (pl.col("model") != "naive")).then(pl.col(q) * 50 + 1000).otherwise(q).alias(q) for q in QS]
    sizes = many.filter((pl.col("model") == "naive") & (pl.col("horizon") == 30) & pl.col("is_active"))
    counts = dict(sizes.filter(pl.col("target") == "units").group_by("segment").len().iter_rows())
    assert counts["high, warm"] >= 200 > counts.get("high, young", 0)
    choice = select_serving(many.with_columns(bad))["units", 30]
    assert choice["high, warm"] == "naive"  # type: ignore[index]
    overall = best_of(
        losses_of(
            many.with_columns(bad).filter(
                pl.col("is_active") & (pl.col("horizon") == 30) & (pl.col("target") == "units")
            )
        )
    )
    assert choice["high, young"] == overall  # type: ignore[index]


def test_segments_are_terciles_of_what_sold_and_ages(sales: pl.DataFrame) -> None:
    """By NumPy over the raw rows: the level's terciles among the active, first sales less than 180 days ago."""
    run = scored(sales)
    origin = run["origin"].max()
    rows = run.filter((pl.col("origin") == origin) & (pl.col("model") == "naive") & (pl.col("target") == "units"))
    rows = rows.filter((pl.col("horizon") == 30) & pl.col("is_active")).sort("unique_id")
    first = sales.filter(pl.col("y") > 0).group_by("unique_id").agg(pl.col("ds").min())
    age = rows.join(first, on="unique_id").sort("unique_id").select((pl.lit(origin) - pl.col("ds")).dt.total_days())
    young = [name.endswith("young") for name in rows["segment"]]
    assert young == (age.to_series() < 180).to_list()
    sizes = rows["segment"].str.split(", ").list.first().value_counts().rows_by_key("segment")
    third = rows.height / 3
    assert all(abs(sizes[volume][0][0] - third) <= 1 for volume in ("low", "middle", "high"))
    order = rows.with_columns(pl.col("segment").str.split(", ").list.first().alias("volume"))
    means = dict(order.group_by("volume").agg(pl.col("loss_scale").mean()).iter_rows())
    assert means["low"] < means["middle"] < means["high"]


def test_the_simple_one_serves_where_it_wins_and_says_so(sales: pl.DataFrame) -> None:
    run = scored(sales)
    for model in ("lightgbm", "naive", "seasonal_naive", "tsb", "ensemble"):
        run = worsened(run, model, 60)
    for model in ("mean_28", "naive", "seasonal_naive", "tsb", "ensemble"):
        run = worsened(run, model, 90)
    choice = select_serving(run)
    assert choice["units", 60] == choice["revenue", 60] == dict.fromkeys(SEGMENTS, "mean_28")
    assert choice["units", 90] == dict.fromkeys(SEGMENTS, "lightgbm")
    origin = START + timedelta(days=500)
    made = predict(fit(sales, origin, settings=SETTINGS), sales, origin, serving=choice)
    assert made.filter(pl.col("horizon") == 60)["model"].unique().to_list() == ["mean_28"]
    assert made.filter(pl.col("horizon") == 90)["model"].unique().to_list() == ["lightgbm"]
    for q in ("mean", *QS):
        wide = made.pivot(index=["unique_id", "target"], on="horizon", values=q)
        assert ((wide["30"] <= wide["60"]) & (wide["60"] <= wide["90"])).all()
    marked = serves(evaluate(run), choice).filter("serves").select("target", "horizon", "population", "model").unique()
    told = {(t, h, s, m) for (t, h), named in choice.items() for s, m in named.items()}  # type: ignore[union-attr]
    present = set(marked.filter(pl.col("population").is_in(SEGMENTS)).iter_rows())
    assert present <= told
    assert {(t, h, m) for t, h, s, m in marked.iter_rows() if s == "active"} == {(t, h, m) for t, h, _, m in told}


def test_each_segment_is_served_by_its_own(sales: pl.DataFrame) -> None:
    """A serving per segment gives each release the very row of the candidate that serves its segment."""
    origin = START + timedelta(days=469)
    model = fit(sales, origin, settings=SETTINGS)
    candidates = ("naive", "tsb", "ensemble", "lightgbm", "mean_28", "naive")
    named = dict(zip(SEGMENTS, candidates, strict=True))
    mixed = predict(model, sales, origin, serving=dict.fromkeys(KEYS, named))
    history = open_history(sales.filter(pl.col("ds") <= origin), None, SETTINGS)
    known = history.snapshot(history.panel.day_of(origin))
    codes = segment_codes(history.panel, known)[known.member]
    for k, segment in enumerate(SEGMENTS):
        ids = history.panel.ids.filter(pl.Series(known.member)).filter(pl.Series(codes == k))
        alone = predict(model, sales, origin, serving=every(named[segment]))
        mine = pl.col("unique_id").is_in(ids.implode()) & (pl.col("horizon") == 30)
        assert mixed.filter(mine).equals(alone.filter(mine))


def test_held_out_origins_and_an_empty_backtest_choose_nothing(sales: pl.DataFrame) -> None:
    run = scored(sales)
    held = worsened(run, "lightgbm", 30).with_columns(pl.lit(True).alias("is_holdout"))
    assert select_serving(pl.concat([run, held])) == select_serving(run)
    assert select_serving(run.clear()) == dict.fromkeys(KEYS, dict.fromkeys(SEGMENTS, "mean_28"))


def test_a_longer_window_is_never_below_a_shorter_one() -> None:
    mixed = np.array([[[3.0, 1.0]], [[2.0, 4.0]], [[5.0, 3.0]]])
    assert monotone_over_horizons(mixed).tolist() == [[[3.0, 1.0]], [[3.0, 4.0]], [[5.0, 4.0]]]


def test_risk_follows_its_table() -> None:
    (_, low), (_, medium), _ = RISK_LEVELS
    rows = pl.DataFrame({"q0.1": [0.0] * 5, "q0.5": [10.0, 10.0, 10.0, 10.0, 0.2]}).with_columns(
        pl.Series("q0.9", [low * 10, low * 10 + 0.1, medium * 10, medium * 10 + 0.1, low])
    )
    assert rows.select(risk_level())["risk_level"].to_list() == ["Low", "Medium", "Medium", "High", "Low"]


def test_the_tables_name_the_same_candidates_and_segments() -> None:
    from assets.forecasts import backtest as asset

    assert sorted(asset.CANDIDATES) == sorted(CANDIDATES) == sorted(SIMPLEST_FIRST)
    assert asset.SEGMENTS == SEGMENTS
