"""Forecasts by group of series: each group has a model of its own, fitted on nothing but its rows.

The groups depend on nothing but themselves, so that they may be forecast anywhere and in any order.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ml.series.backtest import forecast_frame
from ml.series.boosting import Settings
from ml.series.frame import Reading, prepare
from ml.series.frequency import SeriesError
from ml.series.rehearsal import Request


def checked_groups(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """The rows of groups that have a known value.

    Raises:
        SeriesError: there is no such column, a row without a group, or a series in two groups.
    """
    if by not in rows.columns or "unique_id" not in rows.columns:
        raise SeriesError(f"the series: there is no column {by!r}; --by names one of {', '.join(rows.columns)}")
    if missing := rows[by].null_count():
        raise SeriesError(f"the series: {missing:,} rows have no {by}; fill or drop them")
    several = rows.group_by("unique_id").agg(pl.col(by).n_unique()).filter(pl.col(by) > 1)
    if by != "unique_id" and several.height:
        first = several.sort("unique_id")["unique_id"][0]
        raise SeriesError(f"series {first!r} has rows of several values of {by}; a series belongs to one group")
    return rows.filter(pl.col("y").is_not_null().any().over(by)) if "y" in rows.columns else rows


def groups(rows: pl.DataFrame, by: str) -> Iterator[pl.DataFrame]:
    """The rows of each group, in the order of their values."""
    yield from rows.sort(by, maintain_order=True).partition_by(by, maintain_order=True)


def forecast_group(rows: pl.DataFrame, by: str, reading: Reading, request: Request, settings: Settings) -> pl.DataFrame:
    """The forecasts of one group; `by` is no covariate, for it is the same in all of its rows.

    Raises:
        SeriesError: with the group's name.
    """
    name = rows[by][0]
    try:
        prepared = prepare(rows if by == "unique_id" else rows.drop(by), reading)
    except SeriesError as error:
        raise SeriesError(f"{by} {name}: {error}") from error
    return forecast_frame(prepared, request, settings)
