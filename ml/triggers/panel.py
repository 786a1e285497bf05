"""Many daily series at once: which release-days deviate from what their own past and the calendar explain.

Each metric is a matrix (series, days). Counts are made comparable by Anscombe's square root, whose noise is 1 for a
Poisson count whatever its size; amounts by the logarithm. The expectation of a day is the median of the seven days
before it, each freed of the weekday's usual effect, plus that of the day itself; the weekday's effect is the mean over
all series and the last eight weeks. A deviation is divided by the robust scale of the series' last 28 deviations. A
trigger exceeds both `sigmas` and the pooled quantile of the last 28 days that the false-alarm share sets.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from ml.triggers.grid import Floats
from ml.triggers.reasons import number

Kind = Literal["count", "amount", "level"]
RECENT, SCALE_DAYS, PROFILE_WEEKS = 7, 28, 8
FLOORS: dict[Kind, float] = {"count": 1.0, "amount": 0.05, "level": 1e-3}
WINSOR = 3.0
TAIL_FACTOR = 1.6


@dataclass(frozen=True)
class Metric:
    """How the values of a metric behave.

    Attributes:
        kind: `count` (units, mentions), `amount` (plays, prices) or `level` (ratings, shares).
        absent: the value of a day without a row: 0 for what is only stated when it happens, else NaN (unknown).
        words: what a reader calls it.
    """

    kind: Kind
    absent: float
    words: str


@dataclass(frozen=True)
class Panel:
    """One metric: `values` (series, days), the ids of its series and its first day."""

    ids: list[str]
    first_day: dt.date
    values: Floats

    @classmethod
    def from_rows(cls, rows: pl.DataFrame, first: dt.date, last: dt.date, absent: float) -> Panel:
        """The rows [unique_id, ds, y] of one metric as a matrix over the days from first to last.

        Days before the first row of a series are unknown, whatever `absent` says.
        """
        kept = rows.filter(pl.col("ds").is_between(first, last)).sort("unique_id", "ds")
        ids = kept["unique_id"].unique(maintain_order=True)
        values = np.full((len(ids), (last - first).days + 1), np.nan)
        if kept.height:
            row = kept["unique_id"].rle_id().to_numpy()
            column = (kept["ds"] - first).dt.total_days().to_numpy()
            values[row, column] = kept["y"].cast(pl.Float64).to_numpy()
            begun = np.full(len(ids), values.shape[1])
            np.minimum.at(begun, row, column)
            later = np.arange(values.shape[1]) >= begun[:, None]
            values = np.where(np.isnan(values) & later, absent, values)
        return cls(ids.to_list(), first, values)


def transformed(values: Floats, kind: Kind) -> Floats:
    """The values on the scale on which noise does not depend on size."""
    if kind == "count":
        return np.asarray(2 * np.sqrt(np.maximum(values, 0) + 0.375), dtype=np.float64)
    return np.asarray(np.log(np.maximum(values, 1e-9)), dtype=np.float64) if kind == "amount" else values


def untransformed(values: Floats, kind: Kind) -> Floats:
    """Back from the scale of :func:`transformed`."""
    if kind == "count":
        return np.maximum((values / 2) ** 2 - 0.375, 0.0)
    return np.exp(values) if kind == "amount" else values


def expected_and_sigmas(panel: Panel, kind: Kind) -> tuple[Floats, Floats]:
    """Expectation and signed sigmas (series, days); NaN where the past says nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # series without values on some days
        values = transformed(panel.values, kind)
        effect = _weekday_effect(values)
        recent = _before(values - effect, RECENT, np.nanmedian, least=4)
        expected = recent + effect
        deviation = values - expected
        scale = 1.4826 * _before(np.abs(deviation), SCALE_DAYS, np.nanmedian, least=14)
        sigmas = deviation / np.maximum(scale, FLOORS[kind])
    return untransformed(expected, kind), sigmas


def _before(values: Floats, days: int, statistic: object, least: int) -> Floats:
    """A statistic (series, days) of the `days` before each day; NaN with fewer than `least` values."""
    found = np.full(values.shape, np.nan)
    for day in range(1, values.shape[1]):
        past = values[:, max(0, day - days) : day]
        found[:, day] = np.where((~np.isnan(past)).sum(axis=1) >= least, statistic(past, axis=1), np.nan)  # type: ignore[operator]
    return found


def _weekday_effect(values: Floats) -> Floats:
    """The weekday's effect (days,), from its last eight weeks over all series; 0 at the beginning."""
    week = _before(values, 7, np.nanmean, least=7)
    pooled = np.nanmean(np.clip(values - week, -WINSOR, WINSOR), axis=0) if len(values) else np.zeros(values.shape[1])
    effect = np.zeros(values.shape[1])
    for day in range(values.shape[1]):
        past = pooled[day - 7 : max(0, day - 7 * PROFILE_WEEKS - 1) : -7] if day >= 7 else pooled[:0]
        known = past[~np.isnan(past)]
        effect[day] = known.mean() if len(known) >= 2 else 0.0
    return effect


def limits(sigmas: Floats, share: float, least_sigmas: float) -> Floats:
    """The limit (days,) of each day: the pooled quantile of the 28 days before it, at least `least_sigmas`."""
    size = np.abs(sigmas)
    found = np.full(size.shape[1], np.inf)
    for day in range(1, size.shape[1]):
        past = size[:, max(0, day - SCALE_DAYS) : day]
        known = past[~np.isnan(past)]
        if len(known) >= 20:
            # Earlier incidents are among the largest: they must not hide later ones.
            usual, extreme = np.quantile(known, (1 - 6 * share, 1 - share))
            found[day] = max(least_sigmas, min(float(extreme), TAIL_FACTOR * float(usual)))
    return found


def scan(
    rows: pl.DataFrame, metrics: Mapping[str, Metric], days: int, share: float = 0.003, least_sigmas: float = 2.0
) -> pl.DataFrame:
    """Triggers of the last `days` days of the rows, newest last.

    Args:
        rows: [unique_id, metric, ds, y], one row per series, metric and day.
        metrics: how each metric behaves; others are left out.
        days: days that are scored; about 70 days before them are needed as their past.
        share: of series-days that may be false alarms.
        least_sigmas: the least deviation of a trigger.

    Returns:
        [unique_id, metric, ds, kind, observed, expected, deviation, sigmas, moved_with, reason].
    """
    schema = {"unique_id": pl.String, "metric": pl.String, "ds": pl.Date, "kind": pl.String}
    schema |= dict.fromkeys(("observed", "expected", "deviation", "sigmas"), pl.Float64)
    known = rows.filter(pl.col("metric").is_in(list(metrics)) & pl.col("y").is_not_null())
    if not known.height:
        return pl.DataFrame(schema={**schema, "moved_with": pl.String, "reason": pl.String})
    last, first = known["ds"].max(), known["ds"].min()
    assert isinstance(last, dt.date)
    assert isinstance(first, dt.date)
    frames = []
    for name in sorted(metrics):
        panel = Panel.from_rows(known.filter(metric=name), first, last, metrics[name].absent)
        if panel.ids:
            frames.append(_of_metric(panel, name, metrics[name].kind, days, share, least_sigmas))
    found = pl.concat([pl.DataFrame(schema=schema), *frames])
    return _explained(found, metrics).sort("ds", "unique_id", "metric")


def _of_metric(panel: Panel, name: str, kind: Kind, days: int, share: float, least: float) -> pl.DataFrame:
    expected, sigmas = expected_and_sigmas(panel, kind)
    scored = np.arange(sigmas.shape[1]) >= sigmas.shape[1] - days
    with np.errstate(invalid="ignore"):
        is_trigger = (np.abs(sigmas) > limits(sigmas, share, least)) & scored
    series, day = np.nonzero(is_trigger)
    observed, usual = panel.values[series, day], expected[series, day]
    return pl.DataFrame(
        {
            "unique_id": pl.Series([panel.ids[one] for one in series], dtype=pl.String),
            "metric": pl.Series([name] * len(series), dtype=pl.String),
            "ds": pl.Series([panel.first_day + dt.timedelta(days=int(one)) for one in day], dtype=pl.Date),
            "kind": pl.Series(np.where(sigmas[series, day] > 0, "spike", "drop").tolist(), dtype=pl.String),
            "observed": observed,
            "expected": usual,
            "deviation": observed - usual,
            "sigmas": sigmas[series, day],
        }
    )


def _explained(found: pl.DataFrame, metrics: Mapping[str, Metric]) -> pl.DataFrame:
    """The triggers with what moved on the same day, and the reason in words."""
    words = pl.col("metric").replace_strict({name: one.words for name, one in metrics.items()}, default=None)
    stated = found.with_columns(
        said=pl.format("{} {} sigma", words, pl.col("sigmas").round(1).cast(pl.String).str.replace(r"^(\d)", "+$1"))
    )
    others = stated.select("unique_id", "ds", "metric", "said").rename({"metric": "other", "said": "other_said"})
    moved = (
        stated.join(others, on=["unique_id", "ds"])
        .filter(pl.col("metric") != pl.col("other"))
        .group_by("unique_id", "ds", "metric")
        .agg(moved_with=pl.col("other_said").sort().str.join(", "))
    )
    joined = found.join(moved, on=["unique_id", "ds", "metric"], how="left")
    reasons = [_reason(row, metrics) for row in joined.iter_rows(named=True)]
    return joined.with_columns(pl.Series("reason", reasons, dtype=pl.String))


def _reason(row: dict[str, object], metrics: Mapping[str, Metric]) -> str:
    observed, expected, sigmas = (float(row[name]) for name in ("observed", "expected", "sigmas"))  # type: ignore[arg-type]
    percent = f", {(observed / expected - 1) * 100:+.0f}%" if expected > 1e-9 else ""
    text = f"{metrics[str(row['metric'])].words} {number(observed)} where {number(expected)} was expected"
    text += f" ({sigmas:+.1f} sigma{percent})"
    return f"{text}; moved with it: {row['moved_with']}" if row["moved_with"] else text
