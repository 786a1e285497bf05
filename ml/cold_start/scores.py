"""How good forecasts of new releases were, by how long they had been on sale.

Metrics are those of `ml.evaluation.losses`; the pinball loss is divided by what past launches sold on the mean in as
many days, for the release itself has no past that it could be divided by.

Belongs here: the loss and the table. Does not belong here: whom it makes serve (warm_up.py).
"""

from __future__ import annotations

import polars as pl

from ml.evaluation.losses import bias, summed_pinball, wape

KEYS = ("band", "target", "horizon", "model")


def loss() -> pl.Expr:
    """Pinball loss of a row, summed over the quantiles, scaled."""
    return summed_pinball(pl.col("actual")) / pl.col("loss_scale")


def score(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Scores per band, target, horizon and model, of rows with actual, loss_scale, mean and quantiles, sorted.

    Returns [band, target, horizon, model, n, origins, wape, wape_p50, bias, pinball, coverage_p90, width]; a share of a
    sum of zero is null.
    """
    y = pl.col("actual")
    return (
        forecasts.group_by(KEYS)
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("origin").n_unique().cast(pl.Int32).alias("origins"),
            wape(y, pl.col("mean")).alias("wape"),
            wape(y, pl.col("q0.5")).alias("wape_p50"),
            bias(y, pl.col("mean")).alias("bias"),
            loss().mean().alias("pinball"),
            (y <= pl.col("q0.9")).mean().alias("coverage_p90"),
            ((pl.col("q0.9") - pl.col("q0.1")) / pl.col("loss_scale")).mean().alias("width"),
        )
        .sort(KEYS)
    )
