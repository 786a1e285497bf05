"""What can be asked of the simulated distributor, and what follows from it at once: sizes and the calendar.

Nothing is drawn here.
"""

from __future__ import annotations

import calendar
import math
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from demo.pack import PackError

NAME = "demo"
REFERENCE_DAYS = 731
DAY_S = 86_400
LINES_AT_ONCE = 200_000  # what is drawn and held in memory at a time
LIMITS = (10_000, 100_000_000)


@dataclass(frozen=True)
class DistributorOptions:
    """The distributor's options.

    `order_lines` is the approximate number of lines over 731 days and sets the size of everything. `days` is how many
    days are landed (default: as many as the lake has, else 731), `history_days` how many of them, from the first, are
    bundled by month (default: all of the first landing).
    """

    seed: int = 7
    order_lines: int = 60_000
    start: date | str = date(2024, 1, 1)
    days: int | None = None
    history_days: int | None = None


@dataclass(frozen=True)
class Calendar:
    """Days counted from the distributor's first, in UTC."""

    start: date

    @property
    def start_s(self) -> int:
        """Unix second of the first day's midnight."""
        return int(datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC).timestamp())

    def day(self, index: int) -> date:
        """Return the date of a day index, which may be negative."""
        return self.start + timedelta(days=index)

    def month_end(self, index: int) -> int:
        """Return the index of the last day of a day's month."""
        day = self.day(index)
        return index + calendar.monthrange(day.year, day.month)[1] - day.day

    def months(self, days: int) -> list[tuple[int, int]]:
        """Split the first `days` days into months: first and last day index of each."""
        return _runs([(self.day(index).year, self.day(index).month) for index in range(days)])


def _runs(labels: list[tuple[int, int]]) -> list[tuple[int, int]]:
    starts = [index for index, label in enumerate(labels) if index == 0 or labels[index - 1] != label]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), len(labels) - 1], strict=True))


@dataclass(frozen=True)
class Size:
    """How many of everything there are, for a number of order lines."""

    seed: int
    order_lines: int

    @property
    def factor(self) -> float:
        """Entities grow with the square root of the lines."""
        return math.sqrt(self.order_lines / 60_000)

    @property
    def lines_per_day(self) -> float:
        """Mean order lines of a day."""
        return self.order_lines / REFERENCE_DAYS

    def spans(self, first: int, last: int) -> list[tuple[int, int]]:
        """Split the days from `first` to `last` so that each span fits into memory."""
        step = max(1, int(LINES_AT_ONCE / self.lines_per_day))
        return [(day, min(day + step - 1, last)) for day in range(first, last + 1, step)]

    @property
    def releases_per_year(self) -> int:
        """New releases in each block of 365 days."""
        return max(24, round(100 * self.factor))

    @property
    def buyers(self) -> int:
        """Buyers that there will ever be."""
        return max(16, round(120 * self.factor))

    @property
    def artists(self) -> int:
        """Artists that there will ever be."""
        return max(16, round(100 * self.factor))


def draws(seed: int, what: str, *numbers: int) -> np.random.Generator:
    """Return the generator of one subject, independent of all other subjects and days."""
    return np.random.default_rng([seed, zlib.crc32(what.encode()), *(number + 10_000 for number in numbers)])


def checked(options: DistributorOptions) -> tuple[Calendar, Size]:
    """Return calendar and sizes; an option out of its range is an error."""
    if not LIMITS[0] <= options.order_lines <= LIMITS[1]:
        raise PackError(f"demo: order_lines={options.order_lines} is outside {LIMITS[0]} to {LIMITS[1]}")
    start = date.fromisoformat(options.start) if isinstance(options.start, str) else options.start
    return Calendar(start), Size(options.seed, options.order_lines)


def periods(options: DistributorOptions, history_before: int | None, landed_days: int) -> tuple[int, int]:
    """Return how many days to land and how many of them are history, for a lake that may have been begun before.

    Raises:
        PackError: fewer days are asked than the lake has.
    """
    history_asked = options.history_days if options.history_days is not None else history_before
    days = options.days
    if days is None:
        days = max(history_asked or REFERENCE_DAYS, landed_days)
    history_days = days if history_asked is None else history_asked
    at_least = max(history_days, landed_days, 1)
    if days < at_least or history_days < 1:
        raise PackError(
            f"demo: days={days} with {history_days} days of history are asked and {landed_days} days are landed; "
            f"a lake only grows: ask for days={at_least} or more, or take another lake root"
        )
    return days, history_days
