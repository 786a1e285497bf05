"""Reports are due by the clock of their zone, in summer and in winter, once a day also when the clock is changed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.mailing.schedules import NewSchedule

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe"]


def daily(**told: Any) -> NewSchedule:
    return NewSchedule.model_validate(
        {"name": "Sales", "report": "weekly-sales", "addresses": ["a@example.org"], "every": "day", **told}
    )


@pytest.mark.parametrize(
    ("zone", "hour", "after", "due"),
    [
        ("UTC", 6, "2026-01-10T06:00", "2026-01-11T06:00"),
        ("Europe/Berlin", 6, "2026-01-10T04:59", "2026-01-10T05:00"),  # winter: one hour ahead
        ("Europe/Berlin", 6, "2026-07-10T04:00", "2026-07-11T04:00"),  # summer: two hours
        ("America/New_York", 20, "2026-01-10T12:00", "2026-01-11T01:00"),  # the next day in UTC
        ("Asia/Kolkata", 6, "2026-01-10T00:00", "2026-01-10T00:30"),
        ("Europe/Berlin", 2, "2026-03-28T12:00", "2026-03-29T01:00"),  # 2:00 does not exist: 3:00 summer time
        ("Europe/Berlin", 2, "2026-10-24T12:00", "2026-10-25T00:00"),  # 2:00 comes twice: the first
        ("Europe/Berlin", 2, "2026-10-25T00:00", "2026-10-26T01:00"),  # and not the second
    ],
)
def test_the_hour_is_that_of_the_zone(zone: str, hour: int, after: str, due: str) -> None:
    made = daily(zone=zone, hour=hour).next_after(datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert made == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_weekday_and_the_day_of_the_month_are_those_of_the_zone() -> None:
    monday = daily(every="week", on=1, hour=1, zone="Asia/Tokyo").next_after(datetime(2026, 1, 8, tzinfo=UTC))
    assert monday == datetime(2026, 1, 11, 16, tzinfo=UTC)  # Monday 1:00 in Tokyo is Sunday in UTC
    first = daily(every="month", on=1, hour=22, zone="America/Los_Angeles").next_after(datetime(2026, 1, 8, tzinfo=UTC))
    assert first == datetime(2026, 2, 2, 6, tzinfo=UTC)


@given(st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 3 * 365 * 24 * 60))
def test_each_local_day_has_one_time(zone: str, hour: int, minutes: int) -> None:
    what, at = daily(zone=zone, hour=hour), datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    days = []
    for _ in range(3):
        due = what.next_after(at)
        assert at < due <= at + timedelta(hours=50)
        days.append(due.astimezone(ZoneInfo(zone)).date())
        at = due
    assert days == [days[0] + timedelta(number) for number in range(3)]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "/etc/passwd", "", "Europe", "UTC\x00"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="is no time zone"):
        daily(zone=zone)
