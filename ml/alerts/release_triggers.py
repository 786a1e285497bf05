"""The triggers of releases and of the house: all series that are scored, and misses of the forecast."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from ml.alerts.forecast_facts import forecast_facts
from ml.alerts.metrics import METRICS, SERIES, with_rating
from ml.triggers.panel import Panel
from ml.triggers.reasons import number
from ml.triggers.scan import scan

SHIFTED = ("units", "plays", "mentions", "competitor_price", "offer_share", "chart_share")
JOINT = ("units", "plays", "mentions", "competitor_price", "chart_rank", "rating")
TENTH_SIGMAS = 1.2816  # P90 of a normal distribution
FORECAST = "forecast"


def release_triggers(rows: pl.DataFrame, days: int, forecasts: pl.DataFrame | None = None) -> pl.DataFrame:
    """The triggers of the last `days` days, by :func:`ml.triggers.scan.scan`, and the days that the forecast misses.

    Args:
        rows: [unique_id, metric, ds, y].
        days: how many.
        forecasts: [release_id, origin, units_p10, units_p50, units_p90] of 30 days.
    """
    found = scan(with_rating(rows), SERIES, days, shifted=SHIFTED, joint=JOINT)
    return pl.concat([found, forecast_misses(rows, forecasts, days)]).sort("ds", "unique_id", "metric")


def forecast_misses(rows: pl.DataFrame, forecasts: pl.DataFrame | None, days: int) -> pl.DataFrame:
    """The days on which what has sold since an origin first lies two sigmas outside what was forecast.

    A sigma is the distance of P10 or P90 from the median, over that of a normal distribution.
    """
    units = rows.filter(metric="units")
    first, last = units["ds"].min(), units["ds"].max()
    schema = {"unique_id": pl.String, "metric": pl.String, "ds": pl.Date, "kind": pl.String}
    schema |= dict.fromkeys(("observed", "expected", "deviation", "sigmas"), pl.Float64)
    schema |= {"moved_with": pl.String, "reason": pl.String}
    if forecasts is None or not forecasts.height or not isinstance(first, dt.date) or not isinstance(last, dt.date):
        return pl.DataFrame(schema=schema)
    panel = Panel.from_rows(units, first, last, METRICS["units"])
    facts = forecast_facts(panel.values, panel.ids, first, forecasts)
    sold, expected, low, high = facts.values()
    with np.errstate(invalid="ignore", divide="ignore"):
        side = np.where(sold >= expected, high - expected, expected - low)
        sigmas = (sold - expected) * TENTH_SIGMAS / np.maximum(side, 1.0)
        beyond = np.abs(sigmas) > 2.0
    began = beyond & ~np.concatenate([np.zeros((len(beyond), 1), dtype=bool), beyond[:, :-1]], axis=1)
    began &= np.arange(began.shape[1]) >= began.shape[1] - days
    series, day = np.nonzero(began)
    values = [one[series, day] for one in (sold, expected, sigmas)]
    found = panel.rows(series, day, FORECAST, ["forecast_missed"] * len(series), *values)
    reasons = [
        f"{number(a)} units sold where {number(b)} were forecast for these days ({c:+.1f} sigma)"
        for a, b, c in zip(*values, strict=True)
    ]
    return found.with_columns(
        pl.lit(None, pl.String).alias("moved_with"), pl.Series("reason", reasons, dtype=pl.String)
    ).select(schema.keys())
