"""How good forecasts were: `evaluate` over the frame that a backtest gives, with the definitions it is judged by.

Belongs here: metrics and their populations. Does not belong here: which candidate serves (selection.py).

* WAPE = sum|y - p| / sum|y| of the mean (Kolassa and Schuetz 2007, "Advantages of the MAD/Mean ratio"); wape_p50 is
  the same of the median, the number that minimises it. bias = sum(p - y) / sum|y|, positive when too much is forecast.
* RMSSE = sqrt(mean squared error / mean squared naive error) per release over its origins, averaged over releases
  (Makridakis, Spiliotis, Assimakopoulos 2022, M5, formula 1; the naive error here is that of whole windows).
* Pinball loss of quantile q: max(q (y - p), (q - 1) (y - p)) (Koenker and Bassett 1978), scaled by the release's mean
  units per window before the origin (at least 1), averaged; `pinball` is the sum over the three quantiles.
* coverage_p90 = share of y <= q0.9, ties at zero by randomised PIT (Smith 1985; Czado, Gneiting, Held 2009): where y
  and q0.9 are both 0, the PIT is uniform on [0, F(0)], so the row counts as covered with probability 0.9 / F(0); F(0)
  is the share of zeros among the group's rows with q0.9 = 0, and at least 0.9.
* width = mean of (q0.9 - q0.1) over the same scale.

A zero denominator gives null; `n_without_rmsse` counts the releases left out of RMSSE for it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ml.evaluation.losses import bias, pinball, ratio, wape

LEVELS = {"pinball_p10": ("q0.1", 0.1), "pinball_p50": ("q0.5", 0.5), "pinball_p90": ("q0.9", 0.9)}
GROUP = ("model", "target", "horizon", "population")
PIT_SEED = 20240229


def _with_draws(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `draw`, uniform on [0, 1), to the ties at zero; it belongs to the tie's place in key order."""
    numbered = frame.with_row_index("row")
    key = [pl.col(name).cast(pl.String) for name in ("model", "target")]
    ties = numbered.filter(_is_tie()).select("row", *key, "horizon", "origin", pl.col("unique_id").cast(pl.String))
    ties = ties.sort("model", "target", "horizon", "origin", "unique_id").select("row")
    draws = ties.with_columns(draw=pl.Series(np.random.default_rng(PIT_SEED).random(ties.height)))
    return numbered.join(draws, on="row", how="left", maintain_order="left").drop("row")


def _is_tie() -> pl.Expr:
    return (pl.col("q0.9") <= 0) & (pl.col("actual") <= 0)


def _covered(keys: list[str]) -> pl.Expr:
    """1 where a row is covered, else 0: its draw decides a tie."""
    share = (pl.col("actual") <= 0).filter(pl.col("q0.9") <= 0).mean().over(keys)
    passed = pl.col("draw") * pl.max_horizontal(share, pl.lit(0.9)) <= 0.9
    return pl.when(_is_tie()).then(passed).otherwise(pl.col("actual") <= pl.col("q0.9")).cast(pl.Float64)


def _rmsse(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    error = ((pl.col("actual") - pl.col("mean")) ** 2).mean()
    # In one order: the mean of doubles depends on it in its last bits.
    per_release = frame.group_by(*keys, "unique_id", maintain_order=True).agg(
        ratio(error, pl.col("naive_squared_error").mean()).alias("r")
    )
    return per_release.group_by(keys, maintain_order=True).agg(
        pl.col("r").sqrt().mean().alias("rmsse"), pl.col("r").is_null().sum().alias("n_without_rmsse")
    )


def _evaluate(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    y = pl.col("actual")
    losses = [(pinball(y, pl.col(q), a) / pl.col("loss_scale")).mean().alias(n) for n, (q, a) in LEVELS.items()]
    scores = (
        frame.with_columns(_covered(keys).alias("covered"))
        .group_by(keys)
        .agg(
            pl.len().alias("n"),
            wape(y, pl.col("mean")).alias("wape"),
            wape(y, pl.col("q0.5")).alias("wape_p50"),
            bias(y, pl.col("mean")).alias("bias"),
            *losses,
            pl.col("covered").mean().alias("coverage_p90"),
            ((pl.col("q0.9") - pl.col("q0.1")) / pl.col("loss_scale")).mean().alias("width"),
        )
        .with_columns(pl.sum_horizontal(*LEVELS).alias("pinball"))
    )
    return scores.join(_rmsse(frame, keys), on=keys, how="left")


def evaluate(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Scores per model, target, horizon and population, per origin and pooled (origin null).

    Populations are active, dormant and, with a column `segment`, each segment of the active ones.

    Takes the columns of `backtest`; with a column `demand` it is that which forecasts are held against, and rows
    without it are not scored. Returns [model, target, horizon, origin, population, n, wape, wape_p50, bias,
    rmsse, n_without_rmsse, pinball_p10, pinball_p50, pinball_p90, pinball, coverage_p90, width], sorted.
    """
    told = forecasts
    if "demand" in forecasts.columns:
        told = forecasts.filter(pl.col("demand").is_not_null()).with_columns(actual="demand")
    frame = told.with_columns(
        pl.when("is_active").then(pl.lit("active")).otherwise(pl.lit("dormant")).alias("population")
    )
    # Codes instead of texts: everything below groups by them.
    frame = _with_draws(frame.with_columns(pl.col("model", "target", "unique_id").cast(pl.Categorical)))
    if "segment" in frame.columns:
        frame = pl.concat([frame, frame.filter("is_active").with_columns(population="segment")])
    frame = frame.with_columns(pl.col("population").cast(pl.Categorical))
    by_origin = _evaluate(frame, [*GROUP, "origin"])
    pooled = _evaluate(frame, list(GROUP)).with_columns(pl.lit(None, pl.Date).alias("origin"))
    head = ("model", "target", "horizon", "origin", "population", "n", "wape", "wape_p50", "bias", "rmsse")
    tail = ("n_without_rmsse", *LEVELS, "pinball", "coverage_p90", "width")
    both = pl.concat([by_origin.select(*head, *tail), pooled.select(*head, *tail)])
    both = both.with_columns(pl.col("model", "target", "population").cast(pl.String))
    return both.sort("target", "horizon", "population", "model", "origin", nulls_last=True)
