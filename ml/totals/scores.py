"""How good the sums were, level by level, beside the last days again.

Belongs here: metrics per level. Does not belong here: quantiles (spread.py).
"""

from __future__ import annotations

import polars as pl

from ml.forecasting.metrics import pinball

LEVELS = {"q0.1": 0.1, "q0.5": 0.5, "q0.9": 0.9}


def score(sums: pl.DataFrame) -> pl.DataFrame:
    """Scores per level, target, window and origin, and of all origins (origin null), sorted.

    Takes sums with actual, naive and quantiles. Coverage counts the members that sold at all in the window or are
    expected to sell half a unit, for of nothing nothing can be missed. The pinball loss is divided by the sum of what
    came.
    """
    keys = ["level", "target", "from_day", "to_day"]
    y = pl.col("actual")
    alive = (y > 0) | (pl.col("mean") >= 0.5)
    loss = pl.sum_horizontal(pinball(y, pl.col(q), a) for q, a in LEVELS.items())
    total = pl.when(y.abs().sum() > 0).then(y.abs().sum())
    metrics = [
        alive.sum().cast(pl.Int64).alias("n"),
        pl.col("is_calibrated").all().alias("is_calibrated"),
        ((y - pl.col("mean")).abs().sum() / total).alias("wape"),
        ((y - pl.col("naive")).abs().sum() / total).alias("wape_naive"),
        ((pl.col("mean") - y).sum() / total).alias("bias"),
        (loss.sum() / total).alias("pinball"),
        (y <= pl.col("q0.9")).filter(alive).mean().alias("coverage_p90"),
        (y >= pl.col("q0.1")).filter(alive).mean().alias("coverage_p10"),
    ]
    by_origin = sums.group_by(*keys, "origin").agg(metrics)
    pooled = sums.group_by(keys).agg(metrics).with_columns(pl.lit(None, pl.Date).alias("origin"))
    return pl.concat([by_origin, pooled.select(by_origin.columns)]).sort(*keys, "origin", nulls_last=True)
