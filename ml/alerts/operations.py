"""Alerts of the installation itself: a job whose newest run failed, a table whose newest checks failed.

They are alerts like any other, with `run:JOB` or `check:TABLE` in place of a release: one incident is one alert, it
resolves by itself when the newest run or check passes, and opens again when it fails again soon after.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml.alerts.alert import RULES, Event, Hit, make_event
from ml.alerts.incidents import Incidents

RUN, CHECK = "run:", "check:"
RULE_VERSION = 1
NEXT_STEPS = {
    RUN: "read the run's error in Dagster or on standard error, mend its cause, and run it again",
    CHECK: "look at the failed rows with lacquer check, and at the source that they came from",
}


@dataclass(frozen=True)
class Outcome:
    """The newest outcome of a job or of a table's checks.

    Attributes:
        name: `run:JOB` or `check:TABLE`.
        day: when it was.
        passed: whether all is well.
        message: what happened; it names the run, so that two failures of a day differ.
        priority: of the alert where it failed.
    """

    name: str
    day: dt.date
    passed: bool
    message: str
    priority: str = "high"


def is_operation(release_id: str) -> bool:
    """Whether an alert is about the installation and not about a release or a feed."""
    return release_id.startswith((RUN, CHECK))


def follow_outcomes(events: Sequence[Event], outcomes: Iterable[Outcome]) -> list[Event]:
    """The new events of alerts, from what is on record and the newest outcome of each name."""
    new: list[Event] = []
    for outcome in sorted(outcomes, key=lambda one: one.name):
        own = [event for event in events if event["release_id"] == outcome.name]
        state = Incidents(own, {}, RULE_VERSION)
        if not outcome.passed:
            state.day(outcome.day, [_hit(outcome)], {}, {})
        for one in [] if not outcome.passed else state.alerts.values():
            if one.state != "resolved":
                seq = max(event["seq"] for event in own) + 1
                event = make_event(one, "cleared", outcome.day, RULES, outcome.message, seq, rule_version=RULE_VERSION)
                state.events.append(event)
        new += state.events
    return new


def _hit(outcome: Outcome) -> Hit:
    kind = RUN if outcome.name.startswith(RUN) else CHECK
    return {
        "release_id": outcome.name,
        "ds": outcome.day,
        "rule": "run_failed" if kind == RUN else "check_failed",
        "type": "data",
        "cause": "run" if kind == RUN else "check",
        "priority": outcome.priority,
        "stake": 0.0,
        "urgency": 1.0,
        "message": outcome.message,
        "next_step": NEXT_STEPS[kind],
    }
