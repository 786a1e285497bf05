"""Alerts of runs, checks, sources and dead letters: one incident is one alert until all is well."""

import datetime as dt

from ml.alerts.alert import Event, fold
from ml.alerts.operations import (
    Outcome,
    dead_letter_outcomes,
    follow_outcomes,
    is_operation,
    stale_outcomes,
)


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


def test_a_source_that_stops_is_stale_until_it_changes_again() -> None:
    noon = dt.datetime(2026, 1, 10, 12, tzinfo=dt.UTC)
    ages = {"bronze/pim_objects": noon - dt.timedelta(hours=49), "bronze/erp_changes": noon - dt.timedelta(hours=48)}
    fresh, stale = stale_outcomes(ages, noon, 48)
    assert (fresh.name, fresh.passed) == ("stale:bronze/erp_changes", True)
    assert (stale.name, stale.passed) == ("stale:bronze/pim_objects", False)
    events = follow_outcomes([], [fresh, stale])
    assert [(event["release_id"], event["rule"], event["cause"]) for event in events] == [
        ("stale:bronze/pim_objects", "table_stale", "stale")
    ]
    changed = stale_outcomes({"bronze/pim_objects": noon}, noon + dt.timedelta(days=1), 48)
    assert [event["event"] for event in follow_outcomes(events, changed)] == ["cleared"]


def test_a_surge_of_dead_letters_is_measured_against_the_days_before() -> None:
    usual = {("silver/orders", day(number)): 10 for number in range(1, 10)}

    def failed(more: dict[tuple[str, dt.date], int]) -> list[str]:
        return [one.name for one in dead_letter_outcomes(usual | more, day(10)) if not one.passed]

    assert failed({("silver/orders", day(10)): 50}) == []  # five times as many is not over five times
    assert failed({("silver/orders", day(10)): 51}) == ["dead_letters:silver/orders"]
    assert failed({("silver/prices", day(10)): 19}) == []  # too few to speak of
    assert failed({("silver/prices", day(10)): 20}) == ["dead_letters:silver/prices"]  # none ever before
    assert failed({("silver/orders", day(9)): 5_000}) == []  # yesterday's surge is over
