"""Frequencies: what a step is, which seasons it has, what its calendar says.

Every date becomes a whole number of steps, so that the rest of the package counts and never computes with dates.
To add a frequency: a name, its seasons, and its two directions in `_days_of` and `_index`.

Belongs here: dates. Does not belong here: values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from ml.evaluation.arrays import Bools, Floats, Ints

SEASONS: dict[str, tuple[int, ...]] = {
    "H": (24, 168),
    "D": (7, 364),
    "B": (5, 260),
    "W": (52,),
    "MS": (12,),
    "ME": (12,),
    "QS": (4,),
    "1": (),
}
HOUR_US = 3_600_000_000
LAST_US = 253_402_300_799_999_999  # the last moment of the year 9999, which files can say
MONDAY = 4  # 1970-01-01 was a Thursday: day 4 is the first Monday
RULES = {
    "H": "full hours",
    "D": "days at midnight",
    "B": "Mondays to Fridays",
    "W": "all one weekday",
    "MS": "first days of months",
    "ME": "last days of months",
    "QS": "first days of quarters, all counted from one month",
}


class SeriesError(ValueError):
    """What is wrong with the series or with what was asked for: names the series, the rule and the way out."""


@dataclass(frozen=True)
class Frequency:
    """A frequency, its seasons in steps (shortest first), and the type that its dates came in.

    `anchor` is where its steps lie: the weekday of W (Monday 0), the month within the quarter of QS (January 0).
    """

    name: str
    seasons: tuple[int, ...]
    dtype: pl.DataType
    anchor: int = 0

    @property
    def main_season(self) -> int:
        """The shortest season, 1 where there is none."""
        return self.seasons[0] if self.seasons else 1

    def steps(self, ds: pl.Series) -> tuple[Ints, Bools]:
        """The step of each date and which dates obey the frequency's rule."""
        if self.name == "1":
            return ds.cast(pl.Int64).to_numpy(), np.ones(len(ds), dtype=np.bool_)
        micros = _micros(ds, self.name)
        if self.name == "H":
            return micros // HOUR_US, micros % HOUR_US == 0
        days = micros // (24 * HOUR_US)
        steps, lies = self._index(days)
        return steps, lies & (micros % (24 * HOUR_US) == 0)

    def dates(self, steps: Ints) -> pl.Series:
        """The dates of the steps, in the type that they came in."""
        if self.name == "1":
            return pl.Series("ds", steps).cast(self.dtype)
        micros = steps * HOUR_US if self.name == "H" else self._days_of(steps) * (24 * HOUR_US)
        if len(micros) and micros.max() > LAST_US:
            raise SeriesError("the horizon leads beyond the year 9999; mend the dates, or ask for fewer steps")
        moments = pl.Series("ds", micros).cast(pl.Datetime("us"))
        if isinstance(self.dtype, pl.Datetime) and self.dtype.time_zone is not None:
            zone = self.dtype.time_zone
            if self.name == "H":
                return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).cast(self.dtype)
            # Where the clocks are set forward at midnight there is none; the day then begins an hour later.
            local = moments.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
            later = moments.dt.offset_by("1h").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
            return local.fill_null(later).cast(self.dtype)
        return moments.cast(self.dtype)

    def calendar(self, steps: Ints) -> dict[str, Floats]:
        """Calendar columns of the steps; none for numbered steps, whose count is no calendar."""
        if self.name == "1":
            return {}
        if self.name in ("MS", "ME"):
            return {"month": (steps % 12).astype(np.float64)}
        if self.name == "QS":
            return {"quarter": (steps % 4).astype(np.float64)}
        days = self._days_of(steps) if self.name != "H" else steps // 24
        of_year = (days - _start(days, "Y")).astype(np.float64)
        if self.name == "W":
            return {"day_of_year": of_year}
        columns = {"weekday": ((days - MONDAY) % 7).astype(np.float64), "day_of_year": of_year}
        columns["day_of_month"] = (days - _start(days, "M")).astype(np.float64)
        return columns | ({"hour": (steps % 24).astype(np.float64)} if self.name == "H" else {})

    def _days_of(self, steps: Ints) -> Ints:
        if self.name == "B":
            return steps // 5 * 7 + steps % 5 + MONDAY
        if self.name == "W":
            return steps * 7 + self.anchor + MONDAY
        if self.name == "D":
            return steps
        months = {"MS": steps, "ME": steps + 1, "QS": steps * 3 + self.anchor}[self.name]
        days = (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        return days - 1 if self.name == "ME" else days

    def _index(self, days: Ints) -> tuple[Ints, Bools]:
        if self.name == "D":
            return days, np.ones(len(days), dtype=np.bool_)
        week, weekday = (days - MONDAY) // 7, (days - MONDAY) % 7
        if self.name == "B":
            return week * 5 + weekday, weekday < 5
        if self.name == "W":
            return week, weekday == self.anchor
        first = days + 1 if self.name == "ME" else days
        month = first.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
        lies = first == _start(first, "M")
        if self.name == "QS":
            return (month - self.anchor) // 3, lies & ((month - self.anchor) % 3 == 0)
        return month - (self.name == "ME"), lies


def _start(days: Ints, unit: str) -> Ints:
    return days.astype("datetime64[D]").astype(f"datetime64[{unit}]").astype("datetime64[D]").astype(np.int64)


def _micros(ds: pl.Series, name: str) -> Ints:
    if isinstance(ds.dtype, pl.Datetime) and ds.dtype.time_zone is not None:
        # Hours are counted in UTC, where each day has 24; days are those of the zone's own calendar.
        ds = ds.dt.convert_time_zone("UTC") if name == "H" else ds
        ds = ds.dt.replace_time_zone(None)
    return ds.cast(pl.Datetime("us")).to_physical().to_numpy().astype(np.int64)


def frequency_of(name: str, ds: pl.Series, season: int | None = None) -> Frequency:
    """The frequency of that name with its anchor read off the first date; `season` replaces its seasons (1 for none).

    Raises:
        SeriesError: no such frequency, dates of another type, or a season below 1.
    """
    if name not in SEASONS:
        raise SeriesError(f"frequency {name!r}: there are {', '.join(SEASONS)}")
    if season is not None and season < 1:
        raise SeriesError(f"season {season}: give the number of steps after which the pattern repeats, 1 for none")
    seasons = SEASONS[name] if season is None else (season,) if season > 1 else ()
    if name == "1":
        if not ds.dtype.is_integer():
            raise SeriesError(f"ds is {ds.dtype}: frequency 1 counts whole numbers; name another for dates")
        return Frequency(name, seasons, ds.dtype)
    if not (ds.dtype == pl.Date or isinstance(ds.dtype, pl.Datetime)):
        raise SeriesError(f"ds is {ds.dtype}: frequency {name} needs dates; whole numbers go with frequency 1")
    plain = Frequency(name, seasons, ds.dtype)
    if not len(ds) or name not in ("W", "QS"):
        return plain
    day = _micros(ds.head(1), name) // (24 * HOUR_US)
    anchor = (day - MONDAY) % 7 if name == "W" else day.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 3
    return replace(plain, anchor=int(anchor[0]))
