"""The life of an alert: merged, acknowledged, snoozed, resolved and opened again, each step an event."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.alerts.alert import fold, make_event
from ml.alerts.incidents import Incidents, follow

FIRST = dt.date(2026, 3, 1)
CLEAR = {"stock_out_risk": 3, "stock_out": 2}


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def hit(number: int, rule: str = "stock_out_risk", priority: str = "medium", stake: float = 500.0) -> dict[str, Any]:
    return {
        "release_id": "R1",
        "ds": day(number),
        "rule": rule,
        "type": "stock",
        "cause": "stock",
        "priority": priority,
        "stake": stake,
        "urgency": 0.5,
        "message": f"{rule} on {number}",
        "next_step": "order",
    }


def run(hits: list[dict[str, Any]], days: int, events: list[dict[str, Any]] | None = None, first: int = 0) -> Incidents:
    return follow(pl.DataFrame(hits), [day(number) for number in range(first, days)], events or [], CLEAR, 1)


def kinds(state: Incidents) -> list[tuple[str, int]]:
    return [(event["event"], (event["ds"] - FIRST).days) for event in state.events]


def test_two_rules_of_one_cause_are_one_alert_that_escalates_and_clears() -> None:
    state = run([hit(1), hit(2), hit(3), hit(3, "stock_out", "high", 3000.0)], 8)
    assert kinds(state) == [("opened", 1), ("merged", 3), ("cleared", 6)]
    (one,) = state.alerts.values()
    assert (one.state, one.priority, one.stake, one.rules) == (
        "resolved",
        "high",
        3000.0,
        ("stock_out_risk", "stock_out"),
    )


def test_a_return_within_two_weeks_opens_the_same_alert_and_flapping_is_damped() -> None:
    state = run([hit(0), hit(6), hit(14)], 40)
    assert kinds(state) == [
        ("opened", 0),
        ("cleared", 3),
        ("reopened", 6),
        ("cleared", 12),
        ("reopened", 14),
        ("cleared", 26),
    ]
    assert len(state.alerts) == 1


def test_a_return_after_two_weeks_is_a_new_alert() -> None:
    state = run([hit(0), hit(30)], 35)
    assert [kind for kind, _ in kinds(state)] == ["opened", "cleared", "opened", "cleared"]
    assert len(state.alerts) == 2


def with_action(kind: str, number: int, hits: list[dict[str, Any]], days: int, **more: Any) -> Incidents:
    before = run(hits, number + 1)
    (one,) = before.alerts.values()
    action = make_event(one, kind, day(number), "ana", "because", len(before.events) + 1, **more)
    return run(hits, days, [*before.events, action], first=number + 1)


def test_an_acknowledgement_expires_while_the_incident_goes_on() -> None:
    state = with_action("acknowledged", 1, [hit(number) for number in range(12)], 12, until=day(5))
    assert kinds(state) == [("acknowledgement_expired", 6)]


def test_a_snooze_ends_by_day_or_by_condition() -> None:
    hits = [hit(number) for number in range(12)]
    assert kinds(with_action("snoozed", 1, hits, 12, until=day(4))) == [("snooze_ended", 5)]
    before = run(hits, 2)
    (one,) = before.alerts.values()
    action = make_event(one, "snoozed", day(1), "ana", "wait", 2, condition="available < 5")
    conditions = {day(7): {one.alert_id: True}}
    days = [day(number) for number in range(2, 12)]
    state = follow(pl.DataFrame(hits), days, [*before.events, action], CLEAR, 1, conditions)
    assert kinds(state) == [("snooze_ended", 7)]
    assert state.events[0]["why"] == "available < 5 holds"


def test_what_a_person_resolved_stays_resolved_while_the_incident_goes_on_and_returns_after_it_was_clear() -> None:
    hits = [hit(number) for number in (*range(6), 12)]
    state = with_action("resolved", 2, hits, 14)
    assert kinds(state) == [("reopened", 12)]


@given(st.lists(st.tuples(st.integers(0, 39), st.sampled_from(sorted(CLEAR))), max_size=40), st.integers(1, 39))
def test_any_split_into_runs_gives_the_same_events(where: list[tuple[int, str]], cut: int) -> None:
    hits = [hit(number, rule) for number, rule in sorted(set(where))] or [hit(60)]
    whole = run(hits, 40)
    first = run(hits, cut)
    second = run(hits, 40, first.events, first=cut)
    assert [*first.events, *second.events] == whole.events
    assert fold(whole.events) == whole.alerts
    open_ones = [one for one in whole.alerts.values() if one.state != "resolved"]
    assert len(open_ones) <= 1


@pytest.mark.parametrize("seed", range(3))
def test_ids_of_events_are_unique(seed: int) -> None:
    state = run([hit(number) for number in range(seed, 40, 9)], 40)
    ids = [event["event_id"] for event in state.events]
    assert len(ids) == len(set(ids))


def test_looking_again_at_followed_days_finds_nothing_new_unless_hits_are_new() -> None:
    rng = np.random.default_rng(5)
    rows = [
        hit(number, rule, str(rng.choice(["low", "high"])))
        for number in range(40)
        for rule in CLEAR
        if rng.random() < 0.3
    ]
    hits, whole = pl.DataFrame(rows), run(rows, 40)
    for last in range(5, 40):
        before = run([row for row in rows if row["ds"] <= day(last)], last + 1).events
        again = [day(number) for number in range(last - 2, last + 1)]
        assert follow(hits, [], before, CLEAR, 1, again=again).events == []
        went_on = follow(hits, [day(number) for number in range(last + 1, 40)], before, CLEAR, 1, again=again)
        assert [one["event_id"] for one in [*before, *went_on.events]] == [one["event_id"] for one in whole.events]
    late = pl.DataFrame([*rows, hit(39) | {"release_id": "R9"}])
    (event,) = follow(late, [], whole.events, CLEAR, 1, again=[day(38), day(39)]).events
    assert (event["event"], event["release_id"], event["ds"]) == ("opened", "R9", day(39))
