"""Mean and quantiles around the cold start's points, from the same points' errors at earlier origins.

The calibration is that of the release forecast (`ml.evaluation.shifted_conformal`): log errors, pooled in bins of
size, with the shift that all releases of an origin share taken out and put back. A window counts once its last day is
known.

Of releases that are still to come nothing says yet how launches sell nowadays. Their errors count half as much for
every month that they are older, and their P90 is corrected by what earlier P90s held (coverage.py). Once a release has
sold, it is compared by that, and the few errors there are at its age count alike.

Belongs here: errors into spread. Does not belong here: the points (forecaster.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from ml.cold_start.coverage import correction
from ml.cold_start.launches import HORIZONS
from ml.evaluation.arrays import Floats
from ml.evaluation.shifted_conformal import Calibration, Matured, calibrate, uncalibrated
from ml.forecasting.intervals import STATISTICS

KEYS = ("model", "target", "horizon", "band")
Key = tuple[str, str, int, int]
MOST_WINDOWS = 12  # origins, the newest that are over
# Prior spread of what the launches of one origin share. Wider than that of releases that sell: there are a dozen
# launches at an origin. No wider in the first year: who errs by a factor of three anyway hardly notices the season.
SHIFT_SD = 0.3
NOT_OUT_YET = 0  # the band
HALF_LIFE_DAYS = 30.0


@dataclass(frozen=True)
class Past:
    """The rehearsal by method, target, horizon and band, and the calibrations found so far by the day they are of."""

    rows: dict[Key, pl.DataFrame]
    _found: dict[tuple[Key, date], Calibration | None] = field(default_factory=dict, repr=False, compare=False)
    _factors: dict[tuple[str, str, date], float] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, rehearsal: pl.DataFrame) -> Past:
        """From the frame of `rehearse`."""
        length = pl.duration(days=pl.col("horizon").cast(pl.Int64) - 1)
        ordered = rehearsal.with_columns(ends_on=pl.col("starts_on") + length).sort("origin", "unique_id")
        return cls(ordered.partition_by(KEYS, as_dict=True, maintain_order=True))

    def calibration(self, key: Key, origin: date) -> Calibration | None:
        """The calibration at `origin`, None where too little is over; nothing that ended after it is looked at."""
        if (key, origin) not in self._found:
            windows = self._over(key, origin)
            days = np.array([(origin - day).days for day in windows], dtype=np.float64)
            fading = 0.5 ** ((days - days.min(initial=np.inf)) / HALF_LIFE_DAYS)
            importance = fading.tolist() if key[3] == NOT_OUT_YET else None
            self._found[key, origin] = calibrate(list(windows.values()), SHIFT_SD, importance)
        return self._found[key, origin]

    def correction(self, key: Key, origin: date) -> float:
        """The factor on P90 + 1 at `origin`, from the P90s of earlier origins whose windows are over, all horizons."""
        model, target, _, band = key
        if band != NOT_OUT_YET:
            return 1.0
        if (model, target, origin) not in self._factors:
            kept: dict[date, list[tuple[Floats, Floats]]] = {}
            for other in HORIZONS:
                same = (model, target, other, band)
                for day, window in self._over(same, origin).items():
                    calibration = self.calibration(same, day)
                    if calibration is not None:
                        p90 = calibration.spread(window.point, window.point)[1][:, 2]
                        kept.setdefault(day, []).append((window.actual, p90))
            self._factors[model, target, origin] = correction(list(kept.values()))
        return self._factors[model, target, origin]

    def _over(self, key: Key, origin: date) -> dict[date, Matured]:
        """The windows that were over, the newest twelve, in unit equivalents, by their origin."""
        rows = self.rows.get(key)
        over = None if rows is None else rows.filter(pl.col("ends_on") <= origin)
        if over is None or over.is_empty():
            return {}
        frames = over.partition_by("origin", as_dict=True, maintain_order=True)
        return {day: _window(rows) for (day,), rows in list(frames.items())[-MOST_WINDOWS:]}

    def around(self, points: pl.DataFrame, origin: date) -> pl.DataFrame:
        """The points of one origin with mean, q0.1, q0.5, q0.9 and is_calibrated.

        All of them grow with the horizon, for a longer window holds the shorter one.
        """
        frames = []
        for key, rows in points.partition_by(KEYS, as_dict=True, maintain_order=True).items():
            found = self.calibration(key, origin)
            price = rows["price"].to_numpy()
            point = rows["point"].to_numpy() / price
            mean, quantiles = (found or uncalibrated(SHIFT_SD)).spread(point, point)
            corrected = (quantiles[:, 2] + 1) * self.correction(key, origin) - 1
            quantiles[:, 2] = np.maximum(corrected, quantiles[:, 1])
            values = np.column_stack([mean, quantiles]) * price[:, None]
            columns = [pl.Series(name, values[:, k]) for k, name in enumerate(STATISTICS)]
            frames.append(rows.with_columns(*columns, is_calibrated=pl.lit(found is not None)))
        if not frames:
            nothing = [pl.lit(None, pl.Float64).alias(name) for name in STATISTICS]
            return points.with_columns(*nothing, is_calibrated=pl.lit(None, pl.Boolean))
        grown = pl.concat(frames).sort("horizon")
        return grown.with_columns(pl.col(name).cum_max().over("unique_id", "target", "model") for name in STATISTICS)


def _window(rows: pl.DataFrame) -> Matured:
    """The forecasts of one origin in unit equivalents."""
    price = rows["price"].to_numpy()
    point, actual = rows["point"].to_numpy() / price, rows["actual"].to_numpy() / price
    return Matured(point, actual, point, price, np.ones(len(point), dtype=np.bool_))
