"""The days that gold has a calendar for: a day outside of it is a slip of the source, and would stop the build."""

from lake.contract import Rule


def in_calendar(column: str) -> Rule:
    """The rule that a day or moment lies in the years of `dim_date`."""
    return Rule(
        name="in_calendar",
        sql=f"{column} >= date '2000-01-01' and {column} < date '2050-01-01'",
        reason=f"{column} lies outside of the years 2000 to 2049, which dim_date holds",
        columns=(column,),
    )
