"""Alert rules: what is an incident, what is at stake, and what to do next. They are data (`rules.yaml`)."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from ml.alerts.expressions import ExpressionError, compiled, names_in

BUILT_IN = Path(__file__).with_name("rules.yaml")
STRICT = "strict"
LEVELS = ("critical_above", "high_above", "medium_above", "strict_floor", "strict_ceiling")
TYPES = ("price", "demand", "stock", "competitor", "performance", "market", "data")


class RuleError(ValueError):
    """A rule that cannot be; the message names the rule and the field."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        name: unique; what `lacquer alerts test` is given.
        type: one of `TYPES`.
        cause: incidents of one release and cause are one alert, whichever rules see them.
        when: expression that holds on a day of the incident; `strict` in it is 1, or what feedback makes of it.
        stake: expression for the money at stake.
        urgency: 0 (can wait) to 1 (today).
        message: a sentence with columns in braces, `{price:.2f}`.
        next_step: what a seller can do about it.
        for_days: days in a row that `when` must hold before an alert opens.
        clear_days: days in a row that it must not hold before the alert resolves by itself.
    """

    name: str
    type: str
    cause: str
    when: str
    stake: str
    urgency: float
    message: str
    next_step: str
    for_days: int = 1
    clear_days: int = 3


@dataclass(frozen=True)
class RuleBook:
    """The rules of one version, and the money from which a priority begins."""

    version: int
    rules: tuple[Rule, ...]
    critical_above: float = 10_000.0
    high_above: float = 2_000.0
    medium_above: float = 300.0
    strict_floor: float = 0.8
    strict_ceiling: float = 2.0

    def rule(self, name: str) -> Rule:
        """The rule of a name; raise RuleError for an unknown one."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise RuleError(f"rule {name}: there is none; the rules are {', '.join(one.name for one in self.rules)}")

    def priority(self, stake: float, urgency: float) -> str:
        """Priority by money at stake, weighed by urgency: urgency 0 counts half of it, 1 all of it."""
        weighed = stake * (0.5 + 0.5 * urgency)
        levels = (("critical", self.critical_above), ("high", self.high_above), ("medium", self.medium_above))
        return next((name for name, above in levels if weighed > above), "low")


def read_rules(text: str, columns: Collection[str], where: str = "rules") -> RuleBook:
    """The rules of a YAML text, each checked against the columns of the facts.

    Raises:
        RuleError: naming file, rule and field.
    """
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RuleError(f"{where}: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list):
        raise RuleError(f"{where}: a mapping with version and a list of rules is needed")
    rules = tuple(_rule(one, columns, where) for one in document["rules"])
    names = [rule.name for rule in rules]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise RuleError(f"{where}: rules of one name: {', '.join(doubled)}")
    levels = {name: float(document[name]) for name in LEVELS if name in document}
    if not 0 < levels.get("strict_floor", 0.8) <= 1 <= levels.get("strict_ceiling", 2.0):
        raise RuleError(f"{where}: strict_floor lies above 0 and up to 1, strict_ceiling at 1 or above")
    return RuleBook(int(document.get("version", 1)), rules, **levels)


@cache
def built_in_rules(columns: tuple[str, ...]) -> RuleBook:
    """The rules that Lacquer comes with."""
    return read_rules(BUILT_IN.read_text(), columns, BUILT_IN.name)


def _rule(given: Any, columns: Collection[str], where: str) -> Rule:
    if not isinstance(given, Mapping):
        raise RuleError(f"{where}: a rule is a mapping of fields, not {given!r}")
    label = f"{where}: rule {given.get('name', '?')}"
    known = {one.name for one in fields(Rule)}
    required = known - {"for_days", "clear_days"}
    if missing := sorted(required - set(given)):
        raise RuleError(f"{label} lacks {', '.join(missing)}")
    if unknown := sorted(set(given) - known):
        raise RuleError(f"{label} has unknown fields: {', '.join(unknown)}")
    rule = Rule(**given)
    if rule.type not in TYPES:
        raise RuleError(f"{label}: type {rule.type}; the types are {', '.join(TYPES)}")
    if not 0 <= float(rule.urgency) <= 1 or rule.for_days < 1 or rule.clear_days < 1:
        raise RuleError(f"{label}: urgency lies from 0 to 1, for_days and clear_days are at least 1")
    try:
        compiled(rule.when, columns, {STRICT: 1.0})
        compiled(str(rule.stake), columns)
        if unknown := sorted({name for _, name, _, _ in string.Formatter().parse(rule.message) if name} - set(columns)):
            raise RuleError(f"{label}: its message names unknown columns: {', '.join(unknown)}")
    except (ExpressionError, ValueError) as error:
        raise error if isinstance(error, RuleError) else RuleError(f"{label}: {error}") from error
    return rule


def columns_of(rule: Rule) -> set[str]:
    """The columns that a rule reads."""
    named = {name for _, name, _, _ in string.Formatter().parse(rule.message) if name}
    return (names_in(rule.when) - {STRICT}) | names_in(str(rule.stake)) | named
