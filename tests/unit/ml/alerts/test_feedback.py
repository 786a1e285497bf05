"""Feedback moves the thresholds of the rules that it is about, and no further than floor and ceiling."""

import datetime as dt

import polars as pl
import pytest

from ml.alerts.alert import Alert, Event, make_event
from ml.alerts.facts import COLUMNS
from ml.alerts.feedback import Verdicts, strictness, verdicts
from ml.alerts.hits import find_hits
from ml.alerts.rules import RuleError, built_in_rules, read_rules

DAY = dt.date(2026, 1, 5)


def judged(rule: str, *words: str) -> list[Event]:
    """An alert per word, opened by the rule and called so; the last word on an alert counts."""
    found: list[Event] = []
    for number, word in enumerate(words):
        one = Alert(f"{rule}-{number}", "R1", "cause", "price", DAY)
        hit = {"rule": rule, "priority": "low", "stake": 1.0, "urgency": 0.5, "message": "m", "next_step": "n"}
        seq = 10 * number
        found.append(make_event(one, "opened", DAY, "rules", "m", seq, hit))
        found.append(make_event(one, "feedback", DAY, "ana", "useful", seq + 1))
        found.append(make_event(one, "feedback", DAY, "ana", word, seq + 2))
    return found


def test_each_verdict_is_a_tenth_within_floor_and_ceiling() -> None:
    events = [*judged("a", "useless", "useless", "useful"), *judged("b", "useful")]
    assert verdicts(events) == {"a": Verdicts(useful=1, useless=2), "b": Verdicts(useful=1)}
    assert strictness(events, 0.8, 2.0) == {"a": pytest.approx(1.1), "b": pytest.approx(1 / 1.1)}
    assert strictness(judged("a", *["useless"] * 20), 0.8, 2.0) == {"a": 2.0}
    assert strictness(judged("a", *["useful"] * 20), 0.8, 2.0) == {"a": 0.8}


def test_a_stricter_rule_needs_a_larger_deviation() -> None:
    facts = pl.DataFrame(
        {"release_id": ["R1", "R2", "R3"], "ds": [DAY] * 3, "competitor_price_change_7d": [-0.045, -0.06, -0.12]}
    ).with_columns(pl.lit(None, pl.Float64).alias(name) for name in COLUMNS if name != "competitor_price_change_7d")

    def found(strict: float) -> list[str]:
        hits = find_hits(facts, built_in_rules(COLUMNS), {"competitor_price_cut": strict})
        return hits.filter(rule="competitor_price_cut")["release_id"].to_list()

    assert found(1.0) == ["R2", "R3"]
    assert found(0.8) == ["R1", "R2", "R3"]
    assert found(2.0) == ["R3"]


def test_a_floor_above_one_is_refused() -> None:
    with pytest.raises(RuleError, match="strict_floor lies above 0 and up to 1"):
        read_rules("strict_floor: 1.5\nrules: []", COLUMNS)
