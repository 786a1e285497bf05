"""Advertising: what campaigns cost and brought, and how a total is best shared out between releases.

The estimator `campaign_lift_per_root_spend`: of each campaign for a release that has ended, the margin of the units
that sold during it and the week after it above the pace of the 28 days before, times what all releases did. Returns
diminish: the lift grows with the root of the spend. The coefficient of a release is that of its campaigns, drawn
towards the one of all campaigns as if `PRIOR` campaigns had shown it. Where neither the release nor its category ever
had a campaign, nothing is known and there is no budget.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from ml.planning.distribution import Floats

ESTIMATOR = "campaign_lift_per_root_spend"
BEFORE_DAYS, AFTER_DAYS, SPEND_DAYS, BUDGET_DAYS = 28, 7, 180, 30
PRIOR = 4.0


@dataclass(frozen=True)
class Response:
    """What is known of the advertising of each release (n,).

    Attributes:
        spend: of 30 days so far, the mean of the last 180; NaN where nothing is known.
        margin_per_root: margin that the root of one unit of money brings.
    """

    spend: Floats
    margin_per_root: Floats


def response(plans: pl.DataFrame, campaigns: pl.DataFrame, units: pl.DataFrame, margin: Floats) -> Response:
    """Spend and response of the releases of the plans.

    Args:
        plans: [release_id, origin, genre, sold_30], in their order; origin is the last day that is known.
        campaigns: [release_id, category, started_on, ended_on, spend]; for a release, or for a category (genre).
        units: [release_id, ds, units] of days with sales; those of all releases together stand under null.
        margin: of a unit (n,).
    """
    ids = plans["release_id"].to_list()
    if not campaigns.height or not ids:
        return Response(np.full(len(ids), np.nan), np.full(len(ids), np.nan))
    origin = plans["origin"].max()
    assert isinstance(origin, dt.date)
    margin_of = dict(zip(ids, np.nan_to_num(margin).tolist(), strict=True))
    own: dict[str, list[tuple[float, float]]] = {}
    for name, spend, lift in _lifts(campaigns, units, origin):
        if name in margin_of:
            own.setdefault(name, []).append((spend, lift * margin_of[name]))
    every = [pair for pairs in own.values() for pair in pairs]
    pooled = _per_root(every, 0.0, 0.0)
    rates = np.array([_per_root(own.get(name, []), pooled, PRIOR) for name in ids])
    spent = _spend(plans, campaigns, origin)
    return Response(spent, np.where(np.isnan(spent), np.nan, np.maximum(rates, 0.0)))


def allocate_budget(gain: Floats, low: Floats, high: Floats, total: float) -> Floats:
    """Budgets (n,) that bring the most margin `gain x root of budget`, within bounds and with the given total.

    The best budgets have one marginal return: gain squared times one factor, clipped to the bounds. The total is moved
    between the sums of the bounds where it lies outside.
    """
    wanted = min(max(total, float(low.sum())), float(high.sum()))
    square = gain**2
    if not square.any():
        square = np.ones(len(gain))
    below, above = 0.0, 1.0
    reachable = square > 0
    while np.clip(square * above, low, high)[reachable].sum() < high[reachable].sum() and above < 1e30:
        above *= 4
    for _ in range(80):
        factor = (below + above) / 2
        below, above = (factor, above) if np.clip(square * factor, low, high).sum() < wanted else (below, factor)
    budgets = np.clip(square * above, low, high)
    # What is left when all that respond have their most goes to the others, in proportion to their room.
    left, room = wanted - float(budgets.sum()), high - budgets
    if left > 0 and room.sum() > 0:
        budgets = budgets + room * min(left / float(room.sum()), 1.0)
    return np.asarray(budgets, dtype=np.float64)


def _lifts(campaigns: pl.DataFrame, units: pl.DataFrame, origin: dt.date) -> list[tuple[str, float, float]]:
    """Release, spend and lifted units of each campaign for a release whose days and the week after are over."""
    days: dict[str | None, dict[dt.date, float]] = {}
    for name, day, count in units.select("release_id", "ds", "units").iter_rows():
        days.setdefault(name, {})[day] = count

    def pace(name: str | None, first: dt.date, count: int) -> float:
        own = days.get(name, {})
        return sum(own.get(first + dt.timedelta(days=place), 0.0) for place in range(count)) / count

    found = []
    for row in campaigns.sort("release_id", "started_on", "ended_on", "spend").iter_rows(named=True):
        first, last = row["started_on"], row["ended_on"] + dt.timedelta(days=AFTER_DAYS)
        if row["release_id"] is None or row["spend"] <= 0 or last > origin:
            continue
        count, start = (last - first).days + 1, first - dt.timedelta(days=BEFORE_DAYS)
        everybody = pace(None, start, BEFORE_DAYS)
        market = pace(None, first, count) / everybody if everybody > 0 else 1.0
        usual = pace(row["release_id"], start, BEFORE_DAYS) * market
        found.append((row["release_id"], row["spend"], (pace(row["release_id"], first, count) - usual) * count))
    return found


def _per_root(pairs: list[tuple[float, float]], prior: float, weight: float) -> float:
    """The least squares of lift on the root of spend, through the origin; `prior` counts as so many campaigns."""
    if not pairs:
        return prior
    spend, lift = (np.array(column) for column in zip(*pairs, strict=True))
    own = float((np.sqrt(spend) * lift).sum() / spend.sum())
    return (own * len(pairs) + prior * weight) / (len(pairs) + weight)


def _spend(plans: pl.DataFrame, campaigns: pl.DataFrame, origin: dt.date) -> Floats:
    """Spend of 30 days (n,); that of a category is shared by the units of 30 days; NaN without any campaign ever."""
    first = origin - dt.timedelta(days=SPEND_DAYS - 1)
    length = (pl.col("ended_on") - pl.col("started_on")).dt.total_days() + 1
    within = (
        (pl.min_horizontal("ended_on", pl.lit(origin)) - pl.max_horizontal("started_on", pl.lit(first))).dt.total_days()
        + 1
    ).clip(0)
    spent = campaigns.with_columns(part=pl.col("spend") * within / length * BUDGET_DAYS / SPEND_DAYS)
    own = spent.filter(pl.col("release_id").is_not_null()).group_by("release_id").agg(own=pl.col("part").sum())
    shared = spent.filter(pl.col("release_id").is_null()).group_by("category").agg(shared=pl.col("part").sum())
    weight = pl.col("sold_30").fill_null(0.0) + 1e-9
    joined = (
        plans.select("release_id", "genre", "sold_30")
        .with_columns(weight=weight / weight.sum().over("genre"))
        .join(own, on="release_id", how="left", maintain_order="left")
        .join(shared, left_on="genre", right_on="category", how="left", maintain_order="left")
        .with_columns(
            total=pl.when(pl.col("own").is_not_null() | pl.col("shared").is_not_null()).then(
                pl.col("own").fill_null(0.0) + pl.col("shared").fill_null(0.0) * pl.col("weight")
            )
        )
    )
    return joined["total"].cast(pl.Float64).fill_null(np.nan).to_numpy()
