"""When the fiscal year and the business week begin, in which time zone days are, and what follows from it for a build.

The arithmetic stands in the SQL (`dbt_project/macros/fiscal.sql`, `business_date.sql`); here are only the facts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from zlib import crc32
from zoneinfo import ZoneInfo

from lake.gold.models import ModelSpec, MonthsOf

ISO_WEEKDAYS = {"monday": 1, "saturday": 6, "sunday": 7}
UTC = "UTC"


@dataclass(frozen=True)
class FiscalCalendar:
    """The first month of the fiscal year, the first day of the business week, and the time zone of business days.

    Attributes:
        first_month: 1 to 12.
        week_start: a key of `ISO_WEEKDAYS`.
        time_zone: name of the IANA database, such as Europe/Berlin.
    """

    first_month: int = 1
    week_start: str = "monday"
    time_zone: str = UTC

    @property
    def first_weekday(self) -> int:
        """The first day of the week as ISO counts, 1 Monday to 7 Sunday."""
        return ISO_WEEKDAYS[self.week_start]


CALENDAR_YEAR = FiscalCalendar()


def in_calendar(model: ModelSpec, calendar: FiscalCalendar) -> ModelSpec:
    """The model with the calendar in its code's number, so that another calendar builds its table anew."""
    code = model.code
    if model.in_fiscal_calendar and (calendar.first_month, calendar.week_start) != (1, "monday"):
        code ^= crc32(f"fiscal {calendar.first_month} {calendar.first_weekday}".encode())
    if not model.in_time_zone or calendar.time_zone == UTC:
        return replace(model, code=code)
    code ^= crc32(f"zone {calendar.time_zone}".encode())
    return replace(model, code=code, months_of=_shifted_months(model, calendar.time_zone))


def _shifted_months(model: ModelSpec, zone: str) -> Mapping[str, MonthsOf]:
    """Sources by months of UTC: the first and last hours of their months fall into a neighbour of the model's."""
    if model.partition_by is None:
        return model.months_of
    clock, none = ZoneInfo(zone), dt.timedelta(0)
    firsts = [dt.datetime(year, month, 1, tzinfo=clock) for year in range(2000, 2050) for month in range(1, 13)]
    offsets = [first.utcoffset() or none for first in firsts]
    following, before = int(max(offsets) > none), int(min(offsets) < none)
    own = MonthsOf(model.partition_by, following, before)
    return {source: model.months_of.get(source, own) for source in model.sources}
