"""Feedback "useful or not" makes rules stricter or less strict, within a floor and a ceiling.

The strictness of a rule multiplies the thresholds that it writes as `strict`: 1 without feedback, a tenth more for each
alert that was useless, a tenth less for each that was useful. The newest feedback on an alert counts, for each rule
that has seen it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ml.alerts.alert import Event, fold

STEP = 1.1


@dataclass(frozen=True)
class Verdicts:
    """How many alerts of a rule people have called useful and useless."""

    useful: int = 0
    useless: int = 0

    def strictness(self, floor: float, ceiling: float) -> float:
        """The factor of thresholds."""
        return min(max(STEP ** (self.useless - self.useful), floor), ceiling)


def verdicts(events: Iterable[Event]) -> dict[str, Verdicts]:
    """What people have said of the alerts of each rule."""
    found: dict[str, Verdicts] = {}
    for one in fold(events).values():
        if one.feedback in ("useful", "useless"):
            for rule in one.rules:
                old = found.get(rule, Verdicts())
                found[rule] = Verdicts(
                    old.useful + (one.feedback == "useful"), old.useless + (one.feedback == "useless")
                )
    return found


def strictness(events: Iterable[Event], floor: float, ceiling: float) -> dict[str, float]:
    """The factor of the thresholds of each rule that has feedback."""
    return {rule: one.strictness(floor, ceiling) for rule, one in verdicts(events).items()}
