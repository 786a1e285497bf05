"""Orders count on their day in the business's time zone, also where months are rebuilt one by one."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest

from lake.gold.build import GoldBuild
from lake.gold.fiscal import FiscalCalendar
from lake.lakehouse import Lake
from resources.settings import Settings
from tests.integration.gold.building import FACTS, build_gold, rows
from tests.integration.gold.silver_tables import Row, line, order, write, write_all

MONTHS = ("2011-01-01", "2011-02-01", "2011-03-01", "2011-04-01")


def around_midnight(rng: random.Random, month: int, count: int, prefix: str) -> list[Row]:
    """Lines near the ends of the days of a month, some at midnight exactly."""
    first, ends = dt.datetime(2011, month, 1, tzinfo=dt.UTC), dt.datetime(2011, month + 1, 1, tzinfo=dt.UTC)
    moments = [first, first + dt.timedelta(minutes=1), ends - dt.timedelta(minutes=1), ends - dt.timedelta(hours=5)]
    moments += [first + dt.timedelta(minutes=30 * rng.randrange(48 * 27)) for _ in range(count)]
    return [line(f"{prefix}{place}", f"{at:%Y-%m-%dT%H:%M:%S}", quantity=1 + place) for place, at in enumerate(moments)]


def local_day(moment: dt.datetime, zone: str) -> dt.date:
    """The day there; midnight of UTC is a day without a time."""
    return moment.date() if moment.time() == dt.time() else moment.astimezone(ZoneInfo(zone)).date()


def expected(lines: list[Row], zone: str) -> dict[str, tuple[dt.date, dt.date]]:
    days = {one["order_id"]: local_day(one["ordered_at"], zone) for one in lines}
    return {key: (day, day.replace(day=1)) for key, day in days.items()}


def stored(lake: Lake) -> dict[str, tuple[dt.date, dt.date]]:
    return {key: (day, month) for key, day, month in rows(lake, "fct_order_line", "order_id, order_date, order_month")}


def gold(lake: Lake, run_id: str, zone: str) -> GoldBuild:
    return build_gold(lake, run_id, FACTS, calendar=FiscalCalendar(time_zone=zone))


def test_midnight_of_utc_is_a_day_and_other_moments_follow_the_clock(lake: Lake) -> None:
    write_all(lake, [line("O1", "2011-01-31T23:30:00"), line("O2", "2011-02-01T00:00:00", quantity=2)])
    gold(lake, "berlin", "Europe/Berlin")
    assert rows(lake, "fct_sales_day", "sales_date, gross_units, order_month") == [
        (dt.date(2011, 2, 1), 3, dt.date(2011, 2, 1))
    ]
    assert gold(lake, "york", "America/New_York").written["fct_order_line"].mode == "full"
    assert rows(lake, "fct_sales_day", "sales_date, gross_units, order_month") == [
        (dt.date(2011, 1, 31), 1, dt.date(2011, 1, 1)),
        (dt.date(2011, 2, 1), 2, dt.date(2011, 2, 1)),
    ]


@pytest.mark.heavy
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_months_rebuilt_one_by_one_hold_what_a_build_from_nothing_holds(lake: Lake, zone: str) -> None:
    rng = random.Random(zone)
    months = {month: around_midnight(rng, place, 20, f"M{place}-") for place, month in enumerate(MONTHS, 1)}
    write_all(lake, [one for lines in months.values() for one in lines])
    gold(lake, "first", zone)
    assert stored(lake) == expected([one for lines in months.values() for one in lines], zone)

    months[MONTHS[1]] = around_midnight(rng, 2, 30, "N2-")
    lines = [one for part in months.values() for one in part]
    write(lake, "order_lines", months[MONTHS[1]], [MONTHS[1]])
    write(lake, "orders", [order(one, "B2") for one in months[MONTHS[1]]], [MONTHS[1]])
    done = gold(lake, "second", zone).written["fct_order_line"]
    assert done.mode == "partitions"
    assert len(done.months) == 2
    assert stored(lake) == expected(lines, zone)
    sums = {key: 0 for _, key in rows(lake, "fct_sales_day", "distinct release_id, sales_date")}
    for one in lines:
        sums[local_day(one["ordered_at"], zone)] += one["quantity"]
    assert dict(rows(lake, "fct_sales_day", "sales_date, gross_units")) == sums


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="write one as Europe/Berlin"):
        Settings(time_zone="Europe/Berlinn")
