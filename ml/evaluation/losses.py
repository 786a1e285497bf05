"""Losses and metrics as expressions over columns: the definitions that every field scores by.

* WAPE = sum|y - p| / sum|y| (Kolassa and Schuetz 2007, "Advantages of the MAD/Mean ratio"); bias = sum(p - y) / sum|y|,
  positive when too much is forecast. A zero denominator gives null.
* Pinball loss of quantile q: max(q (y - p), (q - 1) (y - p)) (Koenker and Bassett 1978).
* sMAPE = mean of 200 |y - p| / (|y| + |p|), in percent; both zero is no miss (Makridakis, Spiliotis, Assimakopoulos
  2020, "The M4 Competition"). OWA = half of sMAPE over the reference's and half of MASE over the reference's.
"""

from __future__ import annotations

import polars as pl

LEVELS = {"q0.1": 0.1, "q0.5": 0.5, "q0.9": 0.9}


def ratio(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """The quotient, null where the denominator is not positive."""
    return pl.when(below > 0).then(above / below)


def wape(actual: pl.Expr, forecast: pl.Expr) -> pl.Expr:
    """Weighted absolute percentage error of a group, as a share."""
    return ratio((actual - forecast).abs().sum(), actual.abs().sum())


def bias(actual: pl.Expr, forecast: pl.Expr) -> pl.Expr:
    """Signed error of a group as a share of what came."""
    return ratio((forecast - actual).sum(), actual.abs().sum())


def pinball(actual: pl.Expr, forecast: pl.Expr, level: float) -> pl.Expr:
    """Pinball loss of one quantile level, row by row, unscaled."""
    error = actual - forecast
    return pl.max_horizontal(level * error, (level - 1) * error)


def summed_pinball(actual: pl.Expr) -> pl.Expr:
    """Pinball loss summed over the columns q0.1, q0.5 and q0.9, row by row, unscaled."""
    return pl.sum_horizontal(pinball(actual, pl.col(quantile), level) for quantile, level in LEVELS.items())


def smape(actual: pl.Expr, forecast: pl.Expr) -> pl.Expr:
    """Row by row, in percent."""
    size = actual.abs() + forecast.abs()
    return pl.when(size > 0).then(200 * (actual - forecast).abs() / size).otherwise(0.0)


def owa(smape_of: float, mase_of: float, reference_smape: float, reference_mase: float) -> float:
    """The overall weighted average against a reference's two errors."""
    return (smape_of / reference_smape + mase_of / reference_mase) / 2


def covered(actual: pl.Expr, quantile: pl.Expr, level: float) -> pl.Expr:
    """1 where the quantile was not exceeded, 0 where it was, the level where both are zero."""
    tie = (actual == 0) & (quantile == 0)
    return pl.when(tie).then(level).otherwise((actual <= quantile).cast(pl.Float64))
