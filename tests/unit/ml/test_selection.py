"""The simple forecast serves where it wins, and the rows say who served."""

from datetime import timedelta
from functools import cache

import numpy as np
import polars as pl

from ml.forecasting.backtest import backtest
from ml.forecasting.boosting import Settings
from ml.forecasting.forecaster import every, fit, open_history, predict
from ml.forecasting.history import CANDIDATES
from ml.forecasting.intervals import RISK_LEVELS, monotone_over_horizons, risk_level
from ml.forecasting.metrics import evaluate
from ml.forecasting.segments import SEGMENTS, segment_codes
from ml.forecasting.selection import SIMPLEST_FIRST, select_serving, serves
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


def test_within_each_segment_the_smallest_loss_serves_and_a_tie_goes_to_the_simpler(sales: pl.DataFrame) -> None:
    run = scored(sales)
    choice = select_serving(run)
    active = run.filter("is_active")
    for target, horizon in KEYS:
        rows = active.filter((pl.col("target") == target) & (pl.col("horizon") == horizon))
        overall = best_of(losses_of(rows))
        for segment in SEGMENTS:
            own = rows.filter(pl.col("segment") == segment)
            tells = own.height >= 200 * 6 and own["origin"].n_unique() >= 3
            assert choice[target, horizon][segment] == (best_of(losses_of(own)) if tells else overall)  # type: ignore[index]


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
