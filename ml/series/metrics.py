"""How good forecasts were, by the definitions of the M4 competition and of ml/forecasting/metrics.py.

* sMAPE = mean of 200 |y - p| / (|y| + |p|), in percent; both zero is no miss (Makridakis, Spiliotis, Assimakopoulos
  2020, "The M4 Competition").
* MASE = mean of |y - p| over the mean absolute change of the past over one season (Hyndman and Koehler 2006).
* OWA = half of sMAPE over the reference's and half of MASE over the reference's; 1 is as good as the reference.
* coverage of a quantile = share of `y <= quantile`; a tie at zero counts by the level and not as covered.
* pinball = mean over quantiles of the pinball loss, over the same scale as MASE.

sMAPE and MASE are means per series first, then over series, so that no long series decides alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ml.evaluation.losses import covered, pinball, smape


def evaluate(frame: pl.DataFrame, rules: Sequence[str], levels: Sequence[float]) -> pl.DataFrame:
    """[model, n, smape, mase, pinball, coverage_q…] of a backtest: the served forecast first, then each rule.

    The served forecast is judged by its median (by its mean where no 0.5 was asked for).
    """
    scored = frame.filter(pl.col("y").is_not_null())
    point = "q0.5" if 0.5 in levels else "mean"
    rows = [_scores(scored, "forecast", point, levels)]
    rows += [_scores(scored, rule, rule, ()) for rule in rules]
    return pl.concat(rows, how="diagonal")


def _scores(frame: pl.DataFrame, model: str, point: str, levels: Sequence[float]) -> pl.DataFrame:
    y, p = pl.col("y"), pl.col(point)
    losses = [pinball(y, pl.col(f"q{a:g}"), a) for a in levels]
    per_series = frame.group_by("unique_id").agg(
        smape(y, p).mean().alias("smape"),
        ((y - p).abs() / pl.col("scale")).mean().alias("mase"),
        *([(pl.mean_horizontal(losses) / pl.col("scale")).mean().alias("pinball")] if losses else []),
    )
    coverage = [covered(y, pl.col(f"q{a:g}"), a).mean().alias(f"coverage_q{a:g}") for a in levels]
    total = frame.select(pl.lit(model).alias("model"), pl.len().alias("n"), *coverage)
    return pl.concat([total, per_series.select(pl.exclude("unique_id").mean())], how="horizontal")
