"""The tables of the sums, from frames as the lake gives them.

Belongs here: which sums a table holds. Does not belong here: a sum (groups.py), its quantiles (spread.py).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ml.cold_start.awaited import awaited, rehearsed
from ml.totals.category import category_demand
from ml.totals.groups import WHOLE, bottom_up, members, region_shares
from ml.totals.rehearsal import rehearse
from ml.totals.spread import with_quantiles

QUANTILES = {"q0.1": "p10", "q0.5": "p50", "q0.9": "p90"}
_FORECAST = ["unique_id", "origin", "target", "horizon", "starts_on", "mean"]


def backtest_rows(
    served: pl.DataFrame,
    launches: pl.DataFrame,
    choice: pl.DataFrame,
    sales: pl.DataFrame,
    catalogue: pl.DataFrame,
    span: pl.DataFrame,
) -> pl.DataFrame | None:
    """The sums at each past origin with quantiles, beside what sold and what had sold; None without a backtest.

    Args:
        served: what served at past origins [unique_id, origin, target, horizon, mean].
        launches: the stored backtest of the cold start.
        choice: who serves new releases [band, target, horizon, model, model_share].
        sales: per day and region [unique_id, member, ds, y, revenue].
        catalogue: as `members` takes it.
        span: one row with `first_day` of the sales.
    """
    if served.is_empty():
        return None
    served = served.with_columns(starts_on=pl.col("origin") + pl.duration(days=1))
    waited = awaited(rehearsed(launches), choice)
    waited = waited.join(served.select("origin").unique(), on="origin", how="semi")
    sums = _named(rehearse(pl.concat([served.select(_FORECAST), waited.select(_FORECAST)]), sales, catalogue))
    first = span["first_day"].item()
    spread = [
        with_quantiles(sums.filter(pl.col("origin") == origin), sums, origin, first)
        for origin in sums["origin"].unique().sort()
    ]
    return pl.concat(spread).rename(QUANTILES)


def total_rows(
    newest: pl.DataFrame, past: pl.DataFrame, sales: pl.DataFrame, catalogue: pl.DataFrame, span: pl.DataFrame
) -> pl.DataFrame | None:
    """The sums from the newest origin to each horizon; None before the first forecast.

    Args:
        newest: the forecasts of the newest origin [unique_id, origin, target, horizon, starts_on, mean].
        past: the rows of `backtest_rows`.
        sales: as in `backtest_rows`; of the year up to the origin.
        catalogue: as in `backtest_rows`.
        span: one row with `first_day` of the sales and `currency`.
    """
    if newest.is_empty():
        return None
    sums = _sums(newest, past, sales, catalogue, span)
    groups = members(newest, catalogue)
    counted = pl.concat(
        groups.group_by(pl.col(level).alias("member"))
        .agg(releases=pl.len().cast(pl.Int64))
        .with_columns(level=pl.lit(level))
        for level in WHOLE
    )
    named = sums.filter(pl.col("from_day") == 1).join(counted, on=["level", "member"], how="left")
    money = pl.when(pl.col("target") == "revenue").then(_currency(span))
    return named.with_columns(currency=money).rename({"to_day": "horizon_days", **QUANTILES})


def demand_rows(
    newest: pl.DataFrame, past: pl.DataFrame, sales: pl.DataFrame, catalogue: pl.DataFrame, span: pl.DataFrame
) -> pl.DataFrame | None:
    """What categories are expected to sell in each of the next three months of 30 days; arguments of `total_rows`."""
    if newest.is_empty():
        return None
    sums = _sums(newest, past, sales, catalogue, span)
    months = category_demand(sums, _as_summed(past), sales, catalogue, _origin(newest))
    return months.with_columns(currency=_currency(span))


def _sums(
    newest: pl.DataFrame, past: pl.DataFrame, sales: pl.DataFrame, catalogue: pl.DataFrame, span: pl.DataFrame
) -> pl.DataFrame:
    origin = _origin(newest)
    sums = _named(bottom_up(newest, members(newest, catalogue), region_shares(sales, origin), origin))
    return with_quantiles(sums, _as_summed(past), origin, span["first_day"].item())


def _origin(newest: pl.DataFrame) -> date:
    origin: date = newest["origin"][0]
    return origin


def _as_summed(past: pl.DataFrame) -> pl.DataFrame:
    return past.rename({stored: name for name, stored in QUANTILES.items()})


def _currency(span: pl.DataFrame) -> pl.Expr:
    return pl.lit(span["currency"].item(), pl.String)


def _named(sums: pl.DataFrame) -> pl.DataFrame:
    """Without a level of which no member is known by name."""
    return sums.filter((pl.col("member") != "unknown").any().over("level"))
