"""What was forecast for the days up to each day, and what has sold in them: facts of releases, and forecast misses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import polars as pl

from ml.decisions.stock import demand_until
from ml.triggers.grid import Floats

FIRST_DAY, LAST_DAY = 7, 30  # of the forecast's 30 days: before the first a week has not passed
COLUMNS = ("forecast_sold", "forecast_expected", "forecast_low", "forecast_high")


def forecast_facts(
    units: Floats, ids: Sequence[str], first: dt.date, forecasts: pl.DataFrame | None
) -> dict[str, Floats]:
    """The columns (series, days): units since the newest origin that is at least a week old, and P50, P10, P90 of them.

    Args:
        units: of each series and day.
        ids: of the series.
        first: the first day.
        forecasts: [release_id, origin, units_p10, units_p50, units_p90] of 30 days.
    """
    found = {name: np.full(units.shape, np.nan) for name in COLUMNS}
    if forecasts is None or not forecasts.height:
        return found
    total = np.cumsum(np.nan_to_num(units), axis=1)
    place = {one: row for row, one in enumerate(ids)}
    for part in forecasts.sort("origin", "release_id").partition_by("origin", maintain_order=True):
        origin = (part["origin"][0] - first).days
        known = part.filter(pl.col("release_id").is_in(list(place)))
        rows = np.array([place[one] for one in known["release_id"]], dtype=np.int64)
        quantiles = [known[f"units_{name}"].cast(pl.Float64).to_numpy() for name in ("p10", "p50", "p90")]
        for days in range(FIRST_DAY, LAST_DAY + 1):
            day = origin + days
            if origin < 0 or not 0 <= day < units.shape[1] or not len(rows):
                continue
            low, middle, high = demand_until(days, *quantiles)
            values = (total[rows, day] - total[rows, origin], middle, low, high)
            for name, value in zip(COLUMNS, values, strict=True):
                found[name][rows, day] = np.where(np.isnan(units[rows, day]), np.nan, value)
    return found
