"""The simple forecast serves where it wins, and the rows say who served."""

from datetime import timedelta

import numpy as np
import polars as pl

from ml.forecasting.backtest import backtest
from ml.forecasting.boosting import Settings
from ml.forecasting.forecaster import fit, predict
from ml.forecasting.intervals import RISK_LEVELS, monotone_over_horizons, risk_level
from ml.forecasting.selection import select_serving, serves
from tests.unit.ml.conftest import START

SETTINGS = Settings(seed=1, num_threads=2, trees=15)
KEYS = {(target, h) for target in ("units", "revenue") for h in (30, 60, 90)}


def scored(sales: pl.DataFrame) -> pl.DataFrame:
    return backtest(sales, settings=SETTINGS)


def worsened(run: pl.DataFrame, model: str, horizon: int) -> pl.DataFrame:
    """The run with one candidate's quantiles far above the truth at one horizon."""
    bad = (pl.col("model") == model) & (pl.col("horizon") == horizon)
    return run.with_columns(
        [pl.when(bad).then(pl.col(q) * 50 + 1000).otherwise(pl.col(q)).alias(q) for q in ("q0.1", "q0.5", "q0.9")]
    )


def test_the_candidate_with_the_smallest_loss_serves(sales: pl.DataFrame) -> None:
    run = scored(sales)
    active = run.filter("is_active")
    losses = {}
    for (target, horizon, model), rows in active.group_by("target", "horizon", "model"):
        y, scale = rows["actual"].to_numpy(), rows["loss_scale"].to_numpy()
        losses[target, horizon, model] = sum(
            np.mean(np.maximum(a * (y - rows[q].to_numpy()), (a - 1) * (y - rows[q].to_numpy())) / scale)
            for q, a in (("q0.1", 0.1), ("q0.5", 0.5), ("q0.9", 0.9))
        )
    models = ("mean_28", "naive", "seasonal_naive", "lightgbm")
    expected = {(t, h): min(models, key=lambda m: losses[t, h, m]) for t, h in KEYS}
    assert select_serving(run) == expected


def test_the_simple_one_serves_where_it_wins_and_says_so(sales: pl.DataFrame) -> None:
    run = scored(sales)
    for model in ("lightgbm", "naive", "seasonal_naive"):
        run = worsened(run, model, 60)
    for model in ("mean_28", "naive", "seasonal_naive"):
        run = worsened(run, model, 90)
    choice = select_serving(run)
    assert {key: model for key, model in choice.items() if key[1] == 60} == {
        ("units", 60): "mean_28",
        ("revenue", 60): "mean_28",
    }
    assert choice["units", 90] == "lightgbm"
    origin = START + timedelta(days=500)
    made = predict(fit(sales, origin, settings=SETTINGS), sales, origin, serving=choice)
    assert made.filter(pl.col("horizon") == 60)["model"].unique().to_list() == ["mean_28"]
    assert made.filter(pl.col("horizon") == 90)["model"].unique().to_list() == ["lightgbm"]
    for q in ("mean", "q0.1", "q0.5", "q0.9"):
        wide = made.pivot(index=["unique_id", "target"], on="horizon", values=q)
        assert ((wide["30"] <= wide["60"]) & (wide["60"] <= wide["90"])).all()
    marked = serves(run, choice).filter("serves").select("target", "horizon", "model").unique()
    assert set(marked.iter_rows()) == {(t, h, m) for (t, h), m in choice.items()}


def test_held_out_origins_and_an_empty_backtest_choose_nothing(sales: pl.DataFrame) -> None:
    run = scored(sales)
    held = worsened(run, "lightgbm", 30).with_columns(pl.lit(True).alias("is_holdout"))
    assert select_serving(pl.concat([run, held])) == select_serving(run)
    assert select_serving(run.clear()) == dict.fromkeys(KEYS, "mean_28")


def test_a_longer_window_is_never_below_a_shorter_one() -> None:
    mixed = np.array([[[3.0, 1.0]], [[2.0, 4.0]], [[5.0, 3.0]]])
    assert monotone_over_horizons(mixed).tolist() == [[[3.0, 1.0]], [[3.0, 4.0]], [[5.0, 4.0]]]


def test_risk_follows_its_table() -> None:
    (_, low), (_, medium), _ = RISK_LEVELS
    rows = pl.DataFrame({"q0.1": [0.0] * 5, "q0.5": [10.0, 10.0, 10.0, 10.0, 0.2]}).with_columns(
        pl.Series("q0.9", [low * 10, low * 10 + 0.1, medium * 10, medium * 10 + 0.1, low])
    )
    assert rows.select(risk_level())["risk_level"].to_list() == ["Low", "Medium", "Medium", "High", "Low"]
