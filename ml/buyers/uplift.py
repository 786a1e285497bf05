"""Uplift of campaigns by segment of buyers: a difference in differences between releases with and without a campaign.

Units of what a campaign is for, during it over the weeks before, are divided by the same ratio of control releases:
those of the same genre (of other genres, where the campaign is for a genre) that no campaign touched and that were on
sale all the while. Where there is no spend or no control, there is no uplift, and the reason says so.

Belongs here: the estimate. Does not belong here: which campaigns there are (assets.buyers.campaign_uplift).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

ALL = "all"
BEFORE_DAYS = 56
FEWEST_CONTROLS = 3
FEWEST_UNITS, FEWEST_CONTROL_UNITS = 5.0, 20.0  # before the campaign
HALF = 0.5  # added to each count, so that a ratio of small counts is finite and nearly unbiased
LEVEL = 0.9
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "campaign_id": pl.String,
    "segment": pl.String,
    "started_on": pl.Date,
    "ended_on": pl.Date,
    "spend": pl.Float64,
    "currency": pl.String,
    "units_before": pl.Float64,
    "units_during": pl.Float64,
    "control_releases": pl.Int32,
    "control_units_before": pl.Float64,
    "control_units_during": pl.Float64,
    "expected_units": pl.Float64,
    "uplift": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "extra_units": pl.Float64,
    "reason": pl.String,
}


def campaign_uplift(campaigns: pl.DataFrame, sales: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    """Return a row per campaign and segment, and one for all buyers (`all`).

    Args:
        campaigns: campaign_id, release_id or genre, started_on, ended_on, spend, currency.
        sales: segment, release_id, ds, units; units sold, returns left out.
        releases: release_id, genre, first_day (of its sales).
    """
    if campaigns.is_empty() or sales.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    as_of: Any = sales["ds"].max()
    segments = [ALL, *sales["segment"].unique().sort().to_list()]
    begun = releases.filter(pl.col("first_day").is_not_null())
    rows: list[dict[str, Any]] = []
    for campaign in campaigns.sort("campaign_id").iter_rows(named=True):
        rows += _rows(campaign, campaigns, sales, begun, segments, as_of)
    return pl.DataFrame(rows, schema=SCHEMA).sort("campaign_id", "segment")


def _rows(
    campaign: Mapping[str, Any],
    campaigns: pl.DataFrame,
    sales: pl.DataFrame,
    releases: pl.DataFrame,
    segments: list[str],
    as_of: dt.date,
) -> list[dict[str, Any]]:
    start, end = campaign["started_on"], campaign["ended_on"]
    first = start - dt.timedelta(days=BEFORE_DAYS)
    named = {name: campaign[name] for name in ("campaign_id", "started_on", "ended_on", "spend", "currency")}
    on_sale = releases.filter(pl.col("first_day") <= first)
    treated = on_sale.filter(_subject(campaign))["release_id"]
    others = campaigns.filter(
        (pl.col("campaign_id") != campaign["campaign_id"])
        & (pl.col("started_on") <= end)
        & (pl.col("ended_on") >= first)
    )
    touched = _touched(others, releases)
    if (reason := _unfit(campaign, treated, touched, end, as_of)) is not None:
        return [named | {"segment": segment, "reason": reason} for segment in segments]
    treated = treated.filter(~treated.is_in(list(touched)))
    control = _control(campaign, on_sale.filter(~pl.col("release_id").is_in([*touched, *treated])), releases)
    window = sales.filter(pl.col("ds").is_between(first, end))
    return [
        named | {"segment": segment} | _estimate(_of(window, segment), start, treated, control) for segment in segments
    ]


def _subject(campaign: Mapping[str, Any]) -> pl.Expr:
    """Which releases a campaign is for."""
    if campaign["release_id"] is not None:
        return pl.col("release_id").eq(pl.lit(campaign["release_id"]))
    return pl.col("genre").str.to_lowercase().eq(pl.lit(str(campaign["genre"]).lower()))


def _touched(others: pl.DataFrame, releases: pl.DataFrame) -> set[str]:
    """The releases that one of these campaigns is for."""
    found: set[str] = set()
    for other in others.iter_rows(named=True):
        found |= set(releases.filter(_subject(other))["release_id"])
    return found


def _unfit(
    campaign: Mapping[str, Any], treated: pl.Series, touched: set[str], end: dt.date, as_of: dt.date
) -> str | None:
    """Why no segment has an estimate; None where some may have."""
    if not campaign["spend"]:
        return "no spend is stated"
    if end > as_of:
        return "the campaign is not over"
    if treated.is_empty():
        return f"nothing that it is for was on sale {BEFORE_DAYS} days before it"
    if set(treated) <= touched:
        return "another campaign for the same overlaps it or the weeks before it"
    return None


def _control(campaign: Mapping[str, Any], untouched: pl.DataFrame, releases: pl.DataFrame) -> pl.Series:
    """Releases of the same genre; of other genres where the campaign is for a genre."""
    if campaign["release_id"] is None:
        return untouched.filter(~_subject(campaign).fill_null(False))["release_id"]
    genre = releases.filter(_subject(campaign))["genre"]
    return untouched.filter(pl.col("genre").is_in(genre.implode()))["release_id"]


def _of(window: pl.DataFrame, segment: str) -> pl.DataFrame:
    return window if segment == ALL else window.filter(pl.col("segment") == segment)


def _estimate(window: pl.DataFrame, start: dt.date, treated: pl.Series, control: pl.Series) -> dict[str, Any]:
    """Counts of a segment, and the uplift with its interval where the counts allow one."""
    counts = window.group_by("release_id").agg(
        before=pl.col("units").filter(pl.col("ds") < start).sum(),
        during=pl.col("units").filter(pl.col("ds") >= start).sum(),
    )
    mine = counts.filter(pl.col("release_id").is_in(treated.implode()))
    theirs = counts.filter(pl.col("release_id").is_in(control.implode()) & (pl.col("before") + pl.col("during") > 0))
    own = float(mine["before"].sum()), float(mine["during"].sum())
    table = theirs.sort("release_id").select("before", "during").to_numpy().astype(np.float64)
    others = table.sum(axis=0) if len(table) else np.zeros(2)
    found: dict[str, Any] = {
        "units_before": own[0],
        "units_during": own[1],
        "control_releases": len(table),
        "control_units_before": float(others[0]),
        "control_units_during": float(others[1]),
    }
    if len(table) < FEWEST_CONTROLS or others[0] < FEWEST_CONTROL_UNITS:
        return found | {"reason": f"no control: {len(table)} releases with {others[0]:.0f} units before"}
    if own[0] < FEWEST_UNITS:
        return found | {"reason": f"too few sales: {own[0]:.0f} units before"}
    return found | _uplift(own, table)


def _uplift(own: tuple[float, float], table: Any) -> dict[str, Any]:
    """Ratio of ratios, with an interval from counts whose spread is that of the control releases."""
    from scipy.stats import t as student

    others = table.sum(axis=0)
    expected = (own[0] + HALF) * (others[1] + HALF) / (others[0] + HALF)
    log_ratio = float(np.log((own[1] + HALF) / expected))
    error = np.sqrt(_dispersion(table) * sum(1 / (count + HALF) for count in (*own, *others)))
    wide = float(student.ppf(0.5 + LEVEL / 2, len(table) - 1) * error)
    return {
        "expected_units": float(expected),
        "uplift": float(np.exp(log_ratio) - 1),
        "low": float(np.exp(log_ratio - wide) - 1),
        "high": float(np.exp(log_ratio + wide) - 1),
        "extra_units": float(own[1] - expected),
        "reason": None,
    }


def _dispersion(table: Any) -> float:
    """Chi square over its degrees of freedom of releases x periods: 1 where all move alike, more where they do not."""
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    square = ((table - expected) ** 2 / np.maximum(expected, 1e-9)).sum()
    return max(1.0, float(square) / (len(table) - 1))
