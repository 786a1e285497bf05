"""Mean and quantiles around the cold start's points, from the same points' errors at earlier origins.

The calibration is that of the release forecast (`ml.forecasting.calibration`): log errors, pooled in bins of size, with
the shift that all releases of an origin share taken out and put back. A window counts once its last day is known.

Belongs here: errors into spread. Does not belong here: the points (forecaster.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ml.forecasting.calibration import Calibration, Matured, calibrate, uncalibrated
from ml.forecasting.intervals import STATISTICS

KEYS = ("model", "target", "horizon", "band")
Key = tuple[str, str, int, int]
MOST_WINDOWS = 12  # origins, the newest that are over
# Prior spread of what the launches of one origin share. Wider than that of releases that sell: there are a dozen
# launches at an origin. No wider in the first year: who errs by a factor of three anyway hardly notices the season.
SHIFT_SD = 0.3


@dataclass(frozen=True)
class Past:
    """The rehearsal by method, target, horizon and band."""

    rows: dict[Key, pl.DataFrame]

    @classmethod
    def of(cls, rehearsal: pl.DataFrame) -> Past:
        """From the frame of `rehearse`."""
        length = pl.duration(days=pl.col("horizon").cast(pl.Int64) - 1)
        ordered = rehearsal.with_columns(ends_on=pl.col("starts_on") + length).sort("origin", "unique_id")
        return cls(ordered.partition_by(KEYS, as_dict=True, maintain_order=True))

    def calibration(self, key: Key, origin: date) -> tuple[Calibration, bool]:
        """The calibration at `origin`, and whether it was measured; nothing that ended after it is looked at."""
        rows = self.rows.get(key)
        windows = [] if rows is None else _windows(rows.filter(pl.col("ends_on") <= origin))
        found = calibrate(windows, SHIFT_SD)
        return (uncalibrated(SHIFT_SD), False) if found is None else (found, True)

    def around(self, points: pl.DataFrame, origin: date) -> pl.DataFrame:
        """The points of one origin with mean, q0.1, q0.5, q0.9 and is_calibrated.

        All of them grow with the horizon, for a longer window holds the shorter one.
        """
        frames = []
        for key, rows in points.partition_by(KEYS, as_dict=True, maintain_order=True).items():
            calibration, measured = self.calibration(key, origin)
            price = rows["price"].to_numpy()
            point = rows["point"].to_numpy() / price
            mean, quantiles = calibration.spread(point, point)
            values = np.column_stack([mean, quantiles]) * price[:, None]
            columns = [pl.Series(name, values[:, k]) for k, name in enumerate(STATISTICS)]
            frames.append(rows.with_columns(*columns, is_calibrated=pl.lit(measured)))
        if not frames:
            nothing = [pl.lit(None, pl.Float64).alias(name) for name in STATISTICS]
            return points.with_columns(*nothing, is_calibrated=pl.lit(None, pl.Boolean))
        grown = pl.concat(frames).sort("horizon")
        return grown.with_columns(pl.col(name).cum_max().over("unique_id", "target", "model") for name in STATISTICS)


def _windows(over: pl.DataFrame) -> list[Matured]:
    """One window per origin, in unit equivalents, the newest twelve."""
    if over.is_empty():
        return []
    price = over["price"].to_numpy()
    point, actual = over["point"].to_numpy() / price, over["actual"].to_numpy() / price
    every = Matured(point, actual, point, price, np.ones(len(point), dtype=np.bool_))
    origins = over["origin"].to_physical().to_numpy()
    return [every.only(origins == origin) for origin in np.unique(origins)[-MOST_WINDOWS:]]
