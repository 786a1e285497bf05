"""When the fiscal year and the business week begin, and what follows from it for a build.

The arithmetic stands in the SQL (`dbt_project/macros/fiscal.sql`, `dim_date`); here are only the two facts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from zlib import crc32

from lake.gold.models import ModelSpec

ISO_WEEKDAYS = {"monday": 1, "saturday": 6, "sunday": 7}


@dataclass(frozen=True)
class FiscalCalendar:
    """The first month of the fiscal year, 1 to 12, and the first day of the business week, a key of `ISO_WEEKDAYS`."""

    first_month: int = 1
    week_start: str = "monday"

    @property
    def first_weekday(self) -> int:
        """The first day of the week as ISO counts, 1 Monday to 7 Sunday."""
        return ISO_WEEKDAYS[self.week_start]


CALENDAR_YEAR = FiscalCalendar()


def in_calendar(model: ModelSpec, calendar: FiscalCalendar) -> ModelSpec:
    """The model with the calendar in its code's number, so that another calendar builds its table anew."""
    if not model.in_fiscal_calendar or calendar == CALENDAR_YEAR:
        return model
    said = f"fiscal {calendar.first_month} {calendar.first_weekday}"
    return replace(model, code=model.code ^ crc32(said.encode()))
