"""Alerts of runs and checks: one incident is one alert, which passes when the next outcome does."""

import datetime as dt

from ml.alerts.alert import Event, fold
from ml.alerts.operations import Outcome, follow_outcomes, is_operation


def day(number: int) -> dt.date:
    return dt.date(2026, 1, number)


def test_a_failed_job_is_one_alert_until_it_passes_and_opens_again() -> None:
    events: list[Event] = []
    steps = [(1, False), (1, False), (2, False), (3, True), (4, True), (5, False), (40, True)]
    for number, (at, passed) in enumerate(steps):
        on = dt.date(2026, 1, 1) + dt.timedelta(days=at - 1)
        events += follow_outcomes(events, [Outcome("run:main", on, passed, f"run {number}")])
    assert [event["event"] for event in events] == ["opened", "cleared", "reopened", "cleared"]
    (one,) = fold(events).values()
    assert (one.state, one.priority, one.type, one.rules) == ("resolved", "high", "data", ("run_failed",))
    assert one.why == "run 6"


def test_each_job_and_table_has_its_own_and_what_passes_from_the_start_has_none() -> None:
    outcomes = [
        Outcome("run:main", day(1), True, "run 1"),
        Outcome("check:gold/a", day(1), False, "run 1: unique_key failed"),
        Outcome("check:gold/b", day(1), False, "run 1: not_null failed", "low"),
    ]
    events = follow_outcomes([], outcomes)
    assert {event["release_id"]: event["priority"] for event in events} == {
        "check:gold/a": "high",
        "check:gold/b": "low",
    }
    assert follow_outcomes(events, outcomes) == []


def test_releases_and_feeds_are_no_operations() -> None:
    assert [is_operation(one) for one in ("R1", "feed:plays", "run:main", "check:gold/a")] == [False, False, True, True]
