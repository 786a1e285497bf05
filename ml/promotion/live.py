"""Live losses: what was predicted beside what came, and whether that is within the band of the backtest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

from ml.evaluation.losses import pinball

ACTIVE_DAYS = 90
SCALE_DAYS = 364
LEAST_AGE = 28
BAND = 0.975
LEAST_ORIGINS = 3
LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def live_losses(predictions: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """Loss and coverage of each prediction whose window has ended, as in the backtest.

    Args:
        predictions: [model, entity, origin, horizon_days, role, version, p10, p50, p90, until] in units; `until` is the
            last day whose sales are known.
        sales: [unique_id, ds, y].

    Returns:
        [model, version, role, origin, entity, horizon_days, actual, loss, covered] of entities that sold in the 90 days
        up to the origin; pinball losses are scaled by the entity's mean of the year before the origin, at least 1.
    """
    ended = pl.col("origin") + pl.duration(days=pl.col("horizon_days")) <= pl.col("until")
    rows = predictions.filter(ended).with_row_index("row")
    sold = sales.rename({"unique_id": "entity"}).select("entity", "ds", "y")
    both = rows.select("row", "entity", "origin", "horizon_days").join(sold, on="entity")
    age = (pl.col("ds") - pl.col("origin")).dt.total_days()
    sums = both.group_by("row").agg(
        pl.col("y").filter((age > 0) & (age <= pl.col("horizon_days"))).sum().alias("actual"),
        pl.col("y").filter((age <= 0) & (age > -ACTIVE_DAYS)).sum().alias("recent"),
        pl.col("y").filter((age <= 0) & (age > -SCALE_DAYS)).sum().alias("year"),
        (-age.min()).clip(LEAST_AGE - 1, SCALE_DAYS - 1).alias("age"),
    )
    scored = rows.join(sums, on="row").filter(pl.col("recent") > 0)
    mean = pl.col("year") / (pl.col("age") + 1) * pl.col("horizon_days")
    losses = [pinball(pl.col("actual"), pl.col(name), level) for name, level in LEVELS.items()]
    tie = (pl.col("actual") <= 0) & (pl.col("p90") <= 0)
    covered = pl.when(tie).then(None).otherwise((pl.col("actual") <= pl.col("p90")).cast(pl.Float64))
    scored = scored.with_columns(loss=pl.sum_horizontal(losses) / pl.max_horizontal(mean, 1.0), covered=covered)
    order = ("model", "version", "role", "origin", "entity", "horizon_days", "actual", "loss", "covered")
    return scored.select(order).sort(order[:6])


@dataclass(frozen=True)
class Band:
    """Between what limits the mean loss of a new origin lies in 95 of 100 cases, by the backtest's origins."""

    low: float
    high: float
    origins: int


def band_of(origin_losses: Sequence[float]) -> Band | None:
    """The prediction interval of the next origin's mean loss; None with fewer than three origins.

    On logarithms, which are nearer to normal: mean ± t(.975, n - 1) s sqrt(1 + 1/n) (Student 1908; Vardeman 1992, "What
    about the other intervals?").
    """
    logs = np.log([loss for loss in origin_losses if loss > 0])
    n = len(logs)
    if n < LEAST_ORIGINS:
        return None
    half = float(stats.t.ppf(BAND, n - 1)) * float(logs.std(ddof=1)) * math.sqrt(1 + 1 / n)
    centre = float(logs.mean())
    return Band(math.exp(centre - half), math.exp(centre + half), n)


def leaves_band(origin_losses: Sequence[float], band: Band | None) -> bool:
    """Whether the losses of the last two origins, in the order of time, both lie above the band.

    >>> leaves_band([1.0, 3.0, 3.0], Band(0.5, 2.0, 9)), leaves_band([3.0, 1.0, 3.0], Band(0.5, 2.0, 9))
    (True, False)
    """
    return band is not None and len(origin_losses) >= 2 and all(loss > band.high for loss in origin_losses[-2:])


def health(live: pl.DataFrame, versions: pl.DataFrame, backtest: pl.DataFrame) -> pl.DataFrame:
    """Mean live loss and coverage of each version, role and origin beside the band of its recipe's backtest.

    Args:
        live: rows of `live_losses` with their model.
        versions: [model, version, recipe].
        backtest: [model, recipe, origin, loss], the mean loss of each origin.

    Returns:
        [model, version, role, origin, n, loss, coverage, band_low, band_high, is_above], sorted.
    """
    rows = live.group_by("model", "version", "role", "origin").agg(
        pl.len().cast(pl.Int64).alias("n"), pl.col("loss").mean(), pl.col("covered").mean().alias("coverage")
    )
    bands = []
    for (model, recipe), origins in backtest.sort("origin").partition_by("model", "recipe", as_dict=True).items():
        band = band_of(origins["loss"].to_list())
        bands.append((model, recipe, band and band.low, band and band.high))
    schema = {"model": pl.String, "recipe": pl.String, "band_low": pl.Float64, "band_high": pl.Float64}
    limits = pl.DataFrame(bands, schema=schema, orient="row")
    joined = rows.join(versions, on=["model", "version"], how="left").join(limits, on=["model", "recipe"], how="left")
    above = (pl.col("loss") > pl.col("band_high")).fill_null(False)
    return joined.drop("recipe").with_columns(is_above=above).sort("model", "version", "role", "origin")
