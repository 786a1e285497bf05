"""The sums at past origins, beside what their releases really sold and what they had sold before.

Belongs here: truth of the groups. Does not belong here: the sums of forecasts (groups.py).
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from ml.forecasting.features import HORIZONS
from ml.totals.groups import (
    KEYS,
    MEASURE,
    REGION,
    WHOLE,
    WINDOWS,
    Window,
    bottom_up,
    in_window,
    members,
    region_shares,
)

SCHEMA = {
    "level": pl.String,
    "member": pl.String,
    "target": pl.String,
    "from_day": pl.Int32,
    "to_day": pl.Int32,
    "origin": pl.Date,
    "mean": pl.Float64,
    "actual": pl.Float64,
    "naive": pl.Float64,
}


def rehearse(forecasts: pl.DataFrame, sales: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """The sums of every origin with `actual` and `naive`, the last days again; columns as in SCHEMA.

    Takes the releases' forecasts [unique_id, origin, target, horizon, starts_on, mean] and daily sales per region
    [unique_id, member, ds, y, revenue]. What came is that of the releases that were forecast over the whole window:
    launches which nobody had announced belong to no group.
    """
    frames = [pl.DataFrame(schema=SCHEMA)]
    for origin in forecasts["origin"].unique().sort():
        own = forecasts.filter(pl.col("origin") == origin)
        groups = members(own, catalogue)
        said = bottom_up(own, groups, region_shares(sales, origin), origin)
        ours = sales.join(groups, on="unique_id", how="inner", maintain_order="left")
        sold = pl.concat([_sold(_forecast_over(ours, own, origin, window), origin, window) for window in WINDOWS])
        joined = said.join(sold, on=list(KEYS), how="left", maintain_order="left")
        frames.append(joined.with_columns(pl.col("actual", "naive").fill_null(0.0)).select(list(SCHEMA)))
    return pl.concat(frames)


def _forecast_over(sales: pl.DataFrame, forecasts: pl.DataFrame, origin: date, window: Window) -> pl.DataFrame:
    """The sales of the releases that have a forecast of every horizon that the window needs."""
    series = forecasts.select("unique_id", "target").n_unique()
    if forecasts.height == series * len(HORIZONS):
        return sales
    return sales.join(in_window(forecasts, origin, window).select("unique_id").unique(), on="unique_id", how="semi")


def _sold(sales: pl.DataFrame, origin: date, window: Window) -> pl.DataFrame:
    first, last = window
    length = last - first + 1
    ahead = pl.col("ds").is_between(origin + timedelta(days=first), origin + timedelta(days=last))
    back = pl.col("ds").is_between(origin - timedelta(days=length - 1), origin)
    near = sales.filter(ahead | back)
    parts = []
    for level in (REGION, *WHOLE):
        for target, column in MEASURE.items():
            sums = near.group_by(maintain_order=True, member="member" if level == REGION else level).agg(
                actual=pl.col(column).filter(ahead).sum(), naive=pl.col(column).filter(back).sum()
            )
            parts.append(
                sums.with_columns(
                    pl.lit(level).alias("level"),
                    pl.lit(target).alias("target"),
                    pl.lit(first, pl.Int32).alias("from_day"),
                    pl.lit(last, pl.Int32).alias("to_day"),
                )
            )
    return pl.concat(parts)
