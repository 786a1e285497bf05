"""Alerts of the installation itself: failed runs, failed checks, stale tables, surges of dead letters.

They are alerts like any other, with `run:JOB`, `check:TABLE`, `stale:TABLE` or `dead_letters:TABLE` in place of a
release: one incident is one alert, it resolves by itself when all is well again, and opens again when it fails again
soon after.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ml.alerts.alert import RULES, Event, Hit, make_event
from ml.alerts.incidents import Incidents

RUN, CHECK, STALE, DEAD_LETTERS = "run:", "check:", "stale:", "dead_letters:"
RULE_VERSION = 1
NEXT_STEPS = {
    RUN: "read the run's error in Dagster or on standard error, mend its cause, and run it again",
    CHECK: "look at the failed rows with lacquer check, and at the source that they came from",
    STALE: "see whether the source still sends and the job still runs: lacquer status",
    DEAD_LETTERS: "read their reasons with lacquer status, mend the source or the mapping, then lacquer replay",
}
RULES_OF = {RUN: "run_failed", CHECK: "check_failed", STALE: "table_stale", DEAD_LETTERS: "dead_letter_surge"}
SURGE_FACTOR, SURGE_LEAST, SURGE_DAYS = 5.0, 20, 28


@dataclass(frozen=True)
class Outcome:
    """The newest outcome of a job, of a table's checks, of its age or of its dead letters.

    Attributes:
        name: `run:JOB`, `check:TABLE`, `stale:TABLE` or `dead_letters:TABLE`.
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
    return release_id.startswith(tuple(RULES_OF))


def stale_outcomes(changed: Mapping[str, dt.datetime], now: dt.datetime, hours: float) -> list[Outcome]:
    """Which tables of sources have not changed for so many hours.

    Args:
        changed: the moment of the last change, by table.
        now: with its zone, as those.
        hours: how old a table may be.
    """
    found = []
    for table, moment in sorted(changed.items()):
        age = (now - moment).total_seconds() / 3600
        words = f"{table} last changed at {moment:%Y-%m-%d %H:%M} UTC; it may be {hours:g} hours old"
        found.append(Outcome(f"{STALE}{table}", now.date(), age <= hours, words, "medium"))
    return found


def dead_letter_outcomes(daily: Mapping[tuple[str, dt.date], int], day: dt.date) -> list[Outcome]:
    """Which tables refused far more rows on the day than in the four weeks before it.

    A surge is at least `SURGE_LEAST` rows and over `SURGE_FACTOR` times the median of those days of the four weeks that
    had any.

    Args:
        daily: refused rows by table and day.
        day: the day.
    """
    found = []
    first = day - dt.timedelta(days=SURGE_DAYS)
    for table in sorted({name for name, _ in daily}):
        count = daily.get((table, day), 0)
        before = [rows for (name, on), rows in daily.items() if name == table and first <= on < day]
        usual = statistics.median(before) if before else 0.0
        passed = count < SURGE_LEAST or count <= SURGE_FACTOR * usual
        words = f"{table} refused {count:,} rows on {day}; a usual day with refusals has {usual:g}"
        found.append(Outcome(f"{DEAD_LETTERS}{table}", day, passed, words, "high"))
    return found


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
    kind = next(one for one in RULES_OF if outcome.name.startswith(one))
    return {
        "release_id": outcome.name,
        "ds": outcome.day,
        "rule": RULES_OF[kind],
        "type": "data",
        "cause": kind.removesuffix(":"),
        "priority": outcome.priority,
        "stake": 0.0,
        "urgency": 1.0,
        "message": outcome.message,
        "next_step": NEXT_STEPS[kind],
    }
