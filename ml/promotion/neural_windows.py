"""A neural network beside the champion: what it is trained on at an origin, and how both do on the same releases.

The network sees the units of consecutive windows of 30 days up to an origin and foretells the next one, as P10, P50 and
P90. Belongs here: windows and losses. Does not belong here: the network, which runs in another environment
(resources/neural).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ml.evaluation.losses import summed_pinball
from ml.forecasting.history import LIGHTGBM
from ml.promotion.decision import LEAST_GAIN

DAYS = 30
MOST_WINDOWS = 36
QUANTILES = ("q0.1", "q0.5", "q0.9")


@dataclass(frozen=True)
class Compared:
    """How a network and the champion's parameters did.

    Attributes:
        network: its name.
        loss, champion_loss, rival_loss: mean scaled pinball loss over 30 days of the network, LightGBM and mean_28.
        pairs: releases at origins that all three forecast.
        origins: what was looked at.
    """

    network: str
    loss: float
    champion_loss: float
    rival_loss: float
    pairs: int
    origins: tuple[date, ...]

    @property
    def gain(self) -> float:
        """Share by which the network's loss is smaller than the champion's."""
        return 1 - self.loss / self.champion_loss

    @property
    def wins(self) -> bool:
        """Whether the gain is worth a challenger; a tie goes to the simpler one."""
        return self.gain >= LEAST_GAIN


def windows(sales: pl.DataFrame, origins: Sequence[date]) -> pl.DataFrame:
    """[origin, unique_id, ds, y]: units of each window that had ended by the origin, from a release's first on.

    Releases that have sold in one window only are left out.

    `ds` counts windows and is 0 for the one that ends at the origin. Returns stay out, as they do of the demand.

    >>> day = date(2026, 3, 1)
    >>> sold = pl.DataFrame({"unique_id": ["R1", "R1"], "ds": [date(2026, 1, 10), day], "y": [3.0, 2.0]})
    >>> windows(sold, [day]).rows()
    [(datetime.date(2026, 3, 1), 'R1', -1, 3.0), (datetime.date(2026, 3, 1), 'R1', 0, 2.0)]
    """
    found = [_at(sales, origin) for origin in origins]
    return pl.concat(found) if found else _at(sales.clear(), date(2000, 1, 1))


def _at(sales: pl.DataFrame, origin: date) -> pl.DataFrame:
    known = sales.filter((pl.col("ds") <= origin) & (pl.col("y") > 0)).with_columns(
        ds=-((pl.lit(origin) - pl.col("ds")).dt.total_days() // DAYS)
    )
    sold = known.group_by("unique_id", "ds").agg(pl.col("y").sum())
    spans = sold.group_by("unique_id").agg(first=pl.col("ds").min().clip(1 - MOST_WINDOWS))
    # A single window has nothing before it to learn from; networks refuse a batch of such series.
    every = spans.filter(pl.col("first") < 0).with_columns(ds=pl.int_ranges("first", 1)).explode("ds").drop("first")
    filled = every.join(sold, on=["unique_id", "ds"], how="left").with_columns(pl.col("y").fill_null(0.0))
    return filled.select(origin=pl.lit(origin), unique_id="unique_id", ds=pl.col("ds").cast(pl.Int64), y="y").sort(
        "unique_id", "ds"
    )


def compare(network: str, forecasts: pl.DataFrame, predicted: pl.DataFrame, rival: str) -> Compared | None:
    """The network beside LightGBM and the rival on the releases that all of them forecast; None without any.

    Args:
        network: its name.
        forecasts: of `backtest`.
        predicted: [origin, unique_id, q0.1, q0.5, q0.9] of the network.
        rival: the simple rule among the forecasts' models.
    """
    counted = forecasts.filter(
        pl.col("is_active")
        & pl.col("demand").is_not_null()
        & (pl.col("horizon") == DAYS)
        & (pl.col("target") == "units")
        & pl.col("model").is_in([LIGHTGBM, rival])
    )
    exact = predicted.with_columns(pl.col(QUANTILES).cast(pl.Float64))  # networks count in single precision
    theirs = counted.filter(pl.col("model") == LIGHTGBM).drop(QUANTILES).join(exact, on=["origin", "unique_id"])
    rows = pl.concat([theirs.with_columns(model=pl.lit(network)).select(counted.columns), counted])
    shared = theirs.select("origin", "unique_id").unique()
    losses = (
        rows.join(shared, on=["origin", "unique_id"])
        .group_by("model")
        .agg(loss=(summed_pinball(pl.col("demand")) / pl.col("loss_scale")).mean())
    )
    by = dict(losses.iter_rows())
    if shared.is_empty() or len(by) < 3:
        return None
    origins = tuple(shared["origin"].unique().sort().to_list())
    return Compared(network, by[network], by[LIGHTGBM], by[rival], shared.height, origins)
