"""How good the sums were, level by level, beside the last days again.

Belongs here: metrics per level. Does not belong here: quantiles (spread.py).
"""

from __future__ import annotations

import polars as pl

from ml.evaluation.losses import bias, ratio, summed_pinball, wape


def score(sums: pl.DataFrame) -> pl.DataFrame:
    """Scores per level, target, window and origin, and of all origins (origin null), sorted.

    Takes sums with actual, naive and quantiles. Coverage counts the members that sold at all in the window or are
    expected to sell half a unit, for of nothing nothing can be missed. The pinball loss is divided by the sum of what
    came.
    """
    keys = ["level", "target", "from_day", "to_day"]
    y = pl.col("actual")
    alive = (y > 0) | (pl.col("mean") >= 0.5)
    metrics = [
        alive.sum().cast(pl.Int64).alias("n"),
        pl.col("is_calibrated").all().alias("is_calibrated"),
        wape(y, pl.col("mean")).alias("wape"),
        wape(y, pl.col("naive")).alias("wape_naive"),
        bias(y, pl.col("mean")).alias("bias"),
        ratio(summed_pinball(y).sum(), y.abs().sum()).alias("pinball"),
        (y <= pl.col("q0.9")).filter(alive).mean().alias("coverage_p90"),
        (y >= pl.col("q0.1")).filter(alive).mean().alias("coverage_p10"),
    ]
    by_origin = sums.group_by(*keys, "origin").agg(metrics)
    pooled = sums.group_by(keys).agg(metrics).with_columns(pl.lit(None, pl.Date).alias("origin"))
    return pl.concat([by_origin, pooled.select(by_origin.columns)]).sort(*keys, "origin", nulls_last=True)


def score_rows(backtest: pl.DataFrame) -> pl.DataFrame | None:
    """The scores of a stored backtest [p10, p50, p90, …]; None where it has no row."""
    if backtest.is_empty():
        return None
    return score(backtest.rename({"p10": "q0.1", "p50": "q0.5", "p90": "q0.9"}))
