"""Who belongs to which group, and the sums of the releases' means.

A release belongs whole to one artist, one category and to everything. To regions it belongs in parts: the share of each
region in what it sold over the last year, drawn towards the shares of all releases together where it sold little. On
each level the shares of a release add up to 1, so that the sums of every level are the same.

Belongs here: shares and sums. Does not belong here: quantiles (spread.py).
To add a level: a column of the catalogue in WHOLE.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl

from ml.forecasting.features import HORIZONS
from ml.forecasting.history import TARGETS

EVERYTHING, REGION = "all", "region"
# Level -> the columns of the catalogue of which the first that is stated names the group.
WHOLE: dict[str, tuple[str, ...]] = {EVERYTHING: (), "artist": ("artist_id",), "category": ("genre", "format")}
UNKNOWN = "unknown"
SHARE_DAYS = 364
PLACES = 6  # cents added up in another order differ in the fifteenth digit; equal sums are equal
PRIOR_UNITS = 20.0  # units of the common shares that a release's own are mixed with
MEASURE = {"units": "y", "revenue": "revenue"}
# First and last day of the sums: the horizons, and the second and third month alone.
Window = tuple[int, int]
MONTHS: tuple[Window, ...] = ((1, 30), (31, 60), (61, 90))
WINDOWS: tuple[Window, ...] = tuple(dict.fromkeys([*((1, h) for h in HORIZONS), *MONTHS]))
KEYS = ("level", "member", "target", "from_day", "to_day")


def members(releases: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """[unique_id, all, artist, category] of the releases; `unknown` where the catalogue is silent."""
    rows = (
        releases.select("unique_id")
        .unique(maintain_order=True)
        .join(catalogue, on="unique_id", how="left", maintain_order="left")
    )
    named = [
        pl.coalesce(*(pl.col(c).cast(pl.String) for c in columns if c in rows.columns), pl.lit(UNKNOWN)).alias(level)
        if columns
        else pl.lit(EVERYTHING).alias(level)
        for level, columns in WHOLE.items()
    ]
    return rows.select("unique_id", *named)


def in_window(forecasts: pl.DataFrame, origin: date, window: Window) -> pl.DataFrame:
    """[unique_id, target, mean] of what is expected to sell from the first to the last day after `origin`.

    Takes forecasts [unique_id, target, horizon, starts_on, mean], means cumulative from `starts_on`; between two
    horizons a release sells evenly; where another model serves a longer horizon with less, it is at least what the
    shorter one said, as in what is published. What a release to come sells before its release date is nothing. A
    release without a horizon that the window needs is left out: at past origins launches have fewer complete ones.
    """
    at_each = [pl.col("mean").filter(pl.col("horizon") == h).first().alias(f"mean_{h}") for h in HORIZONS]
    curve = forecasts.group_by("unique_id", "target", "starts_on", maintain_order=True).agg(at_each)
    for shorter, longer in pairwise(HORIZONS):
        low, high = pl.col(f"mean_{shorter}"), pl.col(f"mean_{longer}")
        known = low.is_not_null() & high.is_not_null()
        curve = curve.with_columns(pl.when(known).then(pl.max_horizontal(low, high)).alias(f"mean_{longer}"))
    curve = curve.sort("unique_id", "target", maintain_order=True)
    late = (pl.col("starts_on") - pl.lit(origin)).dt.total_days() - 1

    def until(day: int) -> pl.Expr:
        sold = (pl.lit(day) - late).clip(0, max(HORIZONS)).cast(pl.Float64)
        total, before, at = pl.lit(0.0), 0, pl.lit(0.0)
        for horizon in HORIZONS:
            mean = pl.col(f"mean_{horizon}")
            share = (sold - before).clip(0, horizon - before) / (horizon - before)
            total = total + pl.when(share > 0).then((mean - at) * share).otherwise(0.0)
            before, at = horizon, mean
        return total

    first, last = window
    sums = curve.select("unique_id", "target", (until(last) - until(first - 1)).alias("mean"))
    return sums.filter(pl.col("mean").is_not_null())


def region_shares(sales: pl.DataFrame, origin: date) -> dict[str, tuple[pl.DataFrame, pl.DataFrame]]:
    """Per target each release's sales by region, [unique_id, member, own], and the common [member, share].

    Takes daily sales per region [unique_id, member, ds, y, revenue]; reads the 364 days up to `origin`. Without a
    sale there is one region, unknown.
    """
    recent = sales.filter((pl.col("ds") <= origin) & (pl.col("ds") > origin - timedelta(days=SHARE_DAYS)))
    found = {}
    for target, column in MEASURE.items():
        own = (
            recent.group_by("unique_id", "member", maintain_order=True)
            .agg(pl.col(column).sum().round(PLACES).alias("own"))
            .sort("unique_id", "member")
        )
        common = own.group_by("member", maintain_order=True).agg(share=pl.col("own").sum().round(PLACES)).sort("member")
        total = float(common["share"].sum())
        if total <= 0:
            common, own = pl.DataFrame({"member": [UNKNOWN], "share": [1.0]}), own.clear()
        else:
            common = common.with_columns(pl.col("share") / total)
        found[target] = (own, common)
    return found


def _by_region(means: pl.DataFrame, own: pl.DataFrame, common: pl.DataFrame, prior: float) -> pl.DataFrame:
    """[member, mean]: each release's mean times (own + prior x common share) / (sum of own + prior), summed."""
    sums = own.group_by("unique_id", maintain_order=True).agg(sold=pl.col("own").sum())
    per_unit = means.join(sums, on="unique_id", how="left", maintain_order="left").with_columns(
        per_unit=pl.col("mean") / (pl.col("sold").fill_null(0.0) + prior)
    )
    joined = own.join(per_unit, on="unique_id", how="inner", maintain_order="left")
    place = {member: k for k, member in enumerate(common["member"])}
    at = joined["member"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    # Added in one order, so that the same data makes the same bytes.
    direct = np.bincount(at, (joined["own"] * joined["per_unit"]).to_numpy(), len(place))
    rest = math.fsum(per_unit["per_unit"]) * prior
    return common.select("member", (pl.Series(direct) + pl.col("share") * rest).alias("mean"))


def bottom_up(
    forecasts: pl.DataFrame,
    groups: pl.DataFrame,
    shares: dict[str, tuple[pl.DataFrame, pl.DataFrame]],
    origin: date,
    windows: Sequence[Window] = WINDOWS,
) -> pl.DataFrame:
    """The sums of all levels at `origin`: [level, member, target, from_day, to_day, origin, mean], sorted.

    Takes the forecasts as `in_window` does, the groups of `members` and the shares of `region_shares`. The members of a
    level add up to the sum of the releases.
    """
    parts = []
    for window in windows:
        every = in_window(forecasts, origin, window)
        for target in TARGETS:
            means = every.filter(pl.col("target") == target).drop("target")
            own, common = shares[target]
            price = _mean_price(shares) if target == "revenue" else 1.0
            levels = {REGION: _by_region(means, own, common, PRIOR_UNITS * price)}
            placed = means.join(groups, on="unique_id", how="left", maintain_order="left")
            for level in WHOLE:
                levels[level] = placed.group_by(pl.col(level).alias("member"), maintain_order=True).agg(
                    pl.col("mean").sum()
                )
            for level, rows in levels.items():
                parts.append(
                    rows.select(
                        pl.lit(level).alias("level"),
                        "member",
                        pl.lit(target).alias("target"),
                        pl.lit(window[0], pl.Int32).alias("from_day"),
                        pl.lit(window[1], pl.Int32).alias("to_day"),
                        pl.lit(origin).alias("origin"),
                        "mean",
                    )
                )
    return pl.concat(parts).sort(KEYS)


def _mean_price(shares: dict[str, tuple[pl.DataFrame, pl.DataFrame]]) -> float:
    units, revenue = (float(shares[target][0]["own"].sum()) for target in ("units", "revenue"))
    return revenue / units if units > 0 and revenue > 0 else 1.0
