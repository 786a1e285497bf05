"""Triggers of many daily series: single days, level shifts, missing data, and days unusual in several metrics at once.

A trigger of one day exceeds both `least_sigmas` and the pooled quantile of the last 28 days that the false-alarm share
sets. Days with the same key keep the first kind of `KINDS`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import numpy as np
import polars as pl

from ml.triggers.changes import level_shifts, missing_data
from ml.triggers.explain import explained
from ml.triggers.grid import Floats
from ml.triggers.joint import JOINT_DAYS, unusual_days
from ml.triggers.limits import limits
from ml.triggers.panel import Deviations, Metric, Panel, deviations

KINDS = ("spike", "drop", "shift_up", "shift_down", "missing", "unusual", "forecast_missed")
SCHEMA = {"unique_id": pl.String, "metric": pl.String, "ds": pl.Date, "kind": pl.String} | dict.fromkeys(
    ("observed", "expected", "deviation", "sigmas"), pl.Float64
)


def scan(
    rows: pl.DataFrame,
    metrics: Mapping[str, Metric],
    days: int,
    share: float = 0.003,
    least_sigmas: float = 2.0,
    shifted: Collection[str] = (),
    joint: Collection[str] = (),
) -> pl.DataFrame:
    """Triggers of the last `days` days of the rows, newest last.

    Args:
        rows: [unique_id, metric, ds, y], one row per series, metric and day.
        metrics: how each metric behaves; others are left out.
        days: days that are scored; about 70 days before them are needed as their past.
        share: of series-days that may be false alarms.
        least_sigmas: the least deviation of a trigger.
        shifted: metrics whose level shifts are triggers too.
        joint: metrics that are looked at together, by isolation forest and PCA.

    Returns:
        [unique_id, metric, ds, kind, observed, expected, deviation, sigmas, moved_with, reason].
    """
    known = rows.filter(pl.col("metric").is_in(list(metrics)) & pl.col("y").is_not_null())
    if not known.height:
        return pl.DataFrame(schema={**SCHEMA, "moved_with": pl.String, "reason": pl.String})
    last, first = known["ds"].max(), known["ds"].min()
    assert isinstance(last, dt.date)
    assert isinstance(first, dt.date)
    frames, together = [], {}
    for name in sorted(metrics):
        metric = metrics[name]
        panel = Panel.from_rows(known.filter(metric=name), first, last, metric, metric.end_in(known))
        if not panel.ids:
            continue
        found = deviations(panel, metric, days + JOINT_DAYS)
        frames.append(_single_days(panel, found, name, days, share, least_sigmas))
        if name in shifted:
            frames.append(level_shifts(panel, found, name, metric, days, share))
        if np.isnan(metric.absent) and not metric.carry:
            frames.append(missing_data(panel, name, days))
        if name in joint:
            together[name] = (panel.ids, found.sigmas[:, -(days + JOINT_DAYS) :])
    if together:
        frames.append(unusual_days(together, last, days, share))
    found_rows = pl.concat([pl.DataFrame(schema=SCHEMA), *frames], how="diagonal").with_columns(
        pl.col("kind").cast(pl.Enum(KINDS))
    )
    one_each = found_rows.sort("kind").unique(["unique_id", "metric", "ds"], keep="first", maintain_order=True)
    shown = explained(one_each.with_columns(pl.col("kind").cast(pl.String)), metrics)
    return shown.sort("ds", "unique_id", "metric")


def _single_days(panel: Panel, found: Deviations, name: str, days: int, share: float, least: float) -> pl.DataFrame:
    """Days that deviate by more than their limit."""
    scored = np.arange(found.sigmas.shape[1]) >= found.sigmas.shape[1] - days
    with np.errstate(invalid="ignore"):
        is_trigger = (np.abs(found.sigmas) > limits(found.sigmas, share, least, days)) & scored
    series, day = np.nonzero(is_trigger)
    sigmas: Floats = found.sigmas[series, day]
    kinds = np.where(sigmas > 0, "spike", "drop").tolist()
    return panel.rows(series, day, name, kinds, panel.values[series, day], found.expected[series, day], sigmas)
