"""Bounds of time: a day outside of gold's calendar, or one that has not come yet, is a slip of the source."""

from lake.contract import Rule

# Clocks and time zones differ by less.
FUTURE_DAYS = 2


def not_in_future(column: str) -> Rule:
    """The rule that a day or moment has come: the newest order is taken for today, so one slip would move all."""
    return Rule(
        name="not_in_future",
        sql=f"{column} <= now() + interval '{FUTURE_DAYS} days'",
        reason=f"{column} lies more than {FUTURE_DAYS} days in the future; correct it in the source",
        columns=(column,),
    )


def in_calendar(column: str) -> Rule:
    """The rule that a day or moment lies in the years of `dim_date`."""
    return Rule(
        name="in_calendar",
        sql=f"{column} >= date '2000-01-01' and {column} < date '2050-01-01'",
        reason=f"{column} lies outside of the years 2000 to 2049, which dim_date holds",
        columns=(column,),
    )
