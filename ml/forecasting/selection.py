"""Which candidate serves: the one with the smallest loss on the development origins, the simple one where it wins.

Belongs here: the choice and its frame. Does not belong here: the losses (metrics.py).
"""

from __future__ import annotations

import polars as pl

from ml.forecasting.features import HORIZONS
from ml.forecasting.history import TARGETS
from ml.forecasting.metrics import evaluate

SIMPLEST_FIRST = ("mean_28", "naive", "seasonal_naive", "lightgbm")  # decides a tie
WITHOUT_BACKTEST = "mean_28"


def select_serving(forecasts: pl.DataFrame) -> dict[tuple[str, int], str]:
    """The serving candidate per (target, horizon), from a backtest frame.

    Smallest scaled pinball pooled over origins and active series, the simpler candidate on a tie; held-out origins do
    not count. A target and horizon without any scored forecast is served by mean_28.
    """
    choice = {(target, h): WITHOUT_BACKTEST for target in TARGETS for h in HORIZONS}
    eligible = forecasts.filter(~pl.col("is_holdout"))
    if eligible.is_empty():
        return choice
    rank = {name: place for place, name in enumerate(SIMPLEST_FIRST)}
    scores = evaluate(eligible).filter(pl.col("origin").is_null() & (pl.col("population") == "active"))
    ordered = scores.with_columns(pl.col("model").replace_strict(rank).alias("rank")).sort("pinball", "rank")
    best = ordered.group_by("target", "horizon", maintain_order=True).first()
    return choice | {(r["target"], r["horizon"]): r["model"] for r in best.iter_rows(named=True)}


def serves(forecasts: pl.DataFrame, serving: dict[tuple[str, int], str]) -> pl.DataFrame:
    """Any frame with model, target, horizon with a column `serves` added."""
    rows = [{"target": t, "horizon": h, "model": m, "serves": True} for (t, h), m in serving.items()]
    chosen = pl.DataFrame(rows, schema_overrides={"horizon": forecasts.schema["horizon"]})
    joined = forecasts.join(chosen, on=["target", "horizon", "model"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("serves").fill_null(False))
