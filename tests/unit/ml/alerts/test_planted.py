"""Planted incidents become one alert each, of the right type, within two days; seeds were not used to set the rules."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import pytest

from demo.incidents import KINDS, planted_incidents
from ml.alerts.alert import Alert
from ml.alerts.facts import COLUMNS, alert_facts
from ml.alerts.hits import find_hits
from ml.alerts.incidents import follow
from ml.alerts.release_triggers import release_triggers
from ml.alerts.rules import built_in_rules

DAYS = 60
SEEDS = (101, 102, 103)


@dataclass(frozen=True)
class Outcome:
    """Of one seed: the alerts, and for each incident those of its release and type within two days."""

    alerts: list[Alert]
    right: list[list[Alert]]


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [outcome(seed) for seed in SEEDS]


def outcome(seed: int) -> Outcome:
    planted = planted_incidents(seed)
    assert planted.incidents.height == 32
    assert set(planted.incidents["kind"]) == set(KINDS)
    triggers = release_triggers(planted.daily, DAYS)
    facts = alert_facts(planted.daily, planted.prices, triggers, DAYS)
    book = built_in_rules(COLUMNS)
    days = facts["ds"].unique().sort().to_list()
    state = follow(find_hits(facts, book), days, [], {rule.name: rule.clear_days for rule in book.rules}, book.version)
    alerts = list(state.alerts.values())
    right = [
        [
            one
            for one in alerts
            if (one.release_id, one.type) == (incident["release_id"], incident["type"])
            and 0 <= (one.opened_on - incident["first_day"]).days <= 2
        ]
        for incident in planted.incidents.iter_rows(named=True)
    ]
    return Outcome(alerts, right)


def test_each_planted_incident_is_exactly_one_alert_of_its_type(outcomes: list[Outcome]) -> None:
    for one in outcomes:
        assert sum(len(found) == 1 for found in one.right) >= 30
        assert all(len(found) <= 1 for found in one.right)


def test_fewer_than_one_alert_in_twenty_is_false_and_a_day_has_three_but_once(outcomes: list[Outcome]) -> None:
    every = sum(len(one.alerts) for one in outcomes)
    true = sum(len(found) for one in outcomes for found in one.right)
    assert every - true < 0.05 * every
    by_day = [count for one in outcomes for count in Counter(alert.opened_on for alert in one.alerts).values()]
    assert max(by_day) <= 4
    assert sum(count > 3 for count in by_day) <= 1


def test_a_day_that_comes_later_changes_no_fact_and_no_trigger() -> None:
    planted = planted_incidents(7, releases=32, days=150)
    daily = planted.daily
    cut = sorted(daily["ds"].unique())[-5]
    whole, known = release_triggers(daily, 30), release_triggers(daily.filter(daily["ds"] <= cut), 26)
    shown = whole.filter((whole["ds"] <= cut) & (whole["ds"] > cut - dt.timedelta(days=26)))
    assert known.sort(known.columns).equals(shown.sort(shown.columns))
    facts = alert_facts(daily, planted.prices, whole, 30)
    earlier = alert_facts(daily.filter(daily["ds"] <= cut), planted.prices, known, 26)
    same = facts.join(earlier.select("release_id", "ds"), on=["release_id", "ds"]).sort("release_id", "ds")
    assert earlier.sort("release_id", "ds").equals(same)
