"""Which candidate serves: the one with the smallest loss on the development origins, the simple one where it wins.

The choice is made for each target and horizon, and within it for each segment (segments.py) that holds enough to tell.

Belongs here: the choice and its frame. Does not belong here: the losses (metrics.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ml.forecasting.features import HORIZONS
from ml.forecasting.forecaster import Serving
from ml.forecasting.history import TARGETS
from ml.forecasting.metrics import evaluate
from ml.forecasting.segments import SEGMENTS

SIMPLEST_FIRST = ("mean_28", "naive", "seasonal_naive", "tsb", "lightgbm", "ensemble")  # decides a tie
WITHOUT_BACKTEST = "mean_28"
LEAST_ROWS = 200  # forecasts of a segment below which it does not choose for itself
LEAST_ORIGINS = 3
LEAST_GAIN = 0.01  # what a candidate must save against a simpler one: less is a tie


def select_serving(forecasts: pl.DataFrame) -> Serving:
    """Who serves each (target, horizon) and segment, from a backtest frame; held-out origins do not count."""
    eligible = forecasts.filter(~pl.col("is_holdout"))
    return select_by_scores(evaluate(eligible) if len(eligible) else None)


def select_by_scores(scores: pl.DataFrame | None) -> Serving:
    """The same from the frame of `evaluate`; None where nothing has been scored.

    Smallest scaled pinball pooled over origins and active series; a gain of less than 1% counts as a tie, which the
    simpler candidate wins. A segment of fewer than 200 forecasts or 3 origins is served by whoever serves all together;
    a target and horizon without any scored forecast by mean_28.
    """
    choice = {(target, h): dict.fromkeys(SEGMENTS, WITHOUT_BACKTEST) for target in TARGETS for h in HORIZONS}
    if scores is None:
        return dict(choice)
    by_origin = scores.filter(pl.col("origin").is_not_null()).group_by("target", "horizon", "population")
    told = scores.filter(pl.col("origin").is_null() & pl.col("pinball").is_not_null()).join(
        by_origin.agg(pl.col("origin").n_unique().alias("origins")), on=["target", "horizon", "population"]
    )
    for key, named in choice.items():
        rows = told.filter((pl.col("target") == key[0]) & (pl.col("horizon") == key[1]))
        overall = _best(rows.filter(pl.col("population") == "active")) or WITHOUT_BACKTEST
        for segment in SEGMENTS:
            own = rows.filter(
                (pl.col("population") == segment) & (pl.col("n") >= LEAST_ROWS) & (pl.col("origins") >= LEAST_ORIGINS)
            )
            named[segment] = _best(own) or overall
    return dict(choice)


def _best(scores: pl.DataFrame) -> str | None:
    """The simplest candidate that none of the others beats by 1%, going from simple to complex; None without scores."""
    losses = dict(scores.select("model", "pinball").iter_rows())
    best: str | None = None
    for name in SIMPLEST_FIRST:
        if name in losses and (best is None or losses[name] < losses[best] * (1 - LEAST_GAIN)):
            best = name
    return best


def serves(scores: pl.DataFrame, serving: Serving) -> pl.DataFrame:
    """Scores with a column `serves`: of a segment, whether the model serves it; else whether it serves any segment."""
    chosen = [
        {"target": t, "horizon": h, "model": model, "population": population, "serves": True}
        for (t, h), named in serving.items()
        for population, models in _populations(named).items()
        for model in models
    ]
    frame = pl.DataFrame(chosen, schema_overrides={"horizon": scores.schema["horizon"]})
    joined = scores.join(frame, on=["target", "horizon", "model", "population"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("serves").fill_null(False))


def _populations(named: str | Mapping[str, str]) -> dict[str, set[str]]:
    by_segment = dict.fromkeys(SEGMENTS, named) if isinstance(named, str) else dict(named)
    every = set(by_segment.values())
    return {segment: {model} for segment, model in by_segment.items()} | {"active": every, "dormant": every}
