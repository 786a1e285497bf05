"""The drivers of a change of revenue are exact sums: asked twice they are the same number, to the last digit."""

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from serving.queries.drivers import revenue_change

if TYPE_CHECKING:
    import duckdb

    from serving.queries.publications import Publications

YEARS = [(dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in (2024, 2025)]


def test_revenue_is_the_decimal_sum_and_the_drivers_add_up(
    publications: "Publications", truth: "duckdb.DuckDBPyConnection"
) -> None:
    before, after = (
        truth.execute(
            "select sum(house_revenue::decimal(18, 4)) from lines where order_date between ? and ?", year
        ).fetchall()[0][0]
        for year in YEARS
    )
    change = revenue_change(publications.reader(), *YEARS[1], *YEARS[0])
    assert (change.before, change.after) == (float(before), float(after))
    assert sum(change.drivers.values()) == pytest.approx(change.change)
    assert revenue_change(publications.reader(), *YEARS[1], *YEARS[0]) == change
