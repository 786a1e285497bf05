"""Alerts as an installation has them: its rules, following new days, and what people do to alerts.

No algorithm stands here: rules, hits and states are `ml.alerts`, the journal is `lake.journals.alerts`.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import ResourceParam

from lake.contract import Column, Contract
from lake.journals.alerts import ALERT_EVENTS, note_events, read_events
from resources.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from lake.lakehouse import Lake
    from ml.alerts.alert import Alert, Event
    from ml.alerts.operations import Outcome
    from ml.alerts.rules import RuleBook

AGAIN_DAYS = 3
STATES = ("open", "acknowledged", "snoozed", "resolved")
ALERTS = Contract(
    name="alerts",
    layer="gold",
    grain="one row per alert, which is one incident of a release and cause",
    key=("alert_id",),
    columns=(
        Column("alert_id", "string", "the alert"),
        Column("release_id", "string", "the release, or feed:NAME, run:JOB, check:TABLE"),
        Column("type", "string", "price, demand, stock, competitor, performance, market or data"),
        Column("cause", "string", "what the incident is about; rules of one cause share the alert"),
        Column("state", "string", "what has become of it", allowed=STATES),
        Column("priority", "string", "by money and urgency", allowed=("low", "medium", "high", "critical")),
        Column("stake", "float64", "money at stake", unit="currency", minimum=0),
        Column("urgency", "float64", "0: can wait, 1: today", minimum=0, maximum=1),
        Column("rank", "int32", "1 is what to look at first", minimum=1),
        Column("opened_on", "date", "day of its first data"),
        Column("message", "string", "what happened"),
        Column("next_step", "string", "what can be done"),
        Column("rules", "string", "the rules that have seen it"),
        Column("until", "date", "acknowledged or snoozed until this day", nullable=True),
        Column("condition", "string", "expression that ends the snooze", nullable=True),
        Column("changed_on", "date", "day of its last change"),
        Column("changed_by", "string", "who changed it: a person, or rules"),
        Column("why", "string", "why"),
        Column("times_reopened", "int32", "how often it came back", minimum=0),
        Column("feedback", "string", "useful or not, as a person says", nullable=True),
        Column("rule_version", "int32", "version of the rules"),
    ),
)
EVENTS_KEY, ALERTS_KEY = (f"{contract.layer}/{contract.name}" for contract in (ALERT_EVENTS, ALERTS))


@dataclass(frozen=True)
class Alerting:
    """Where the rules of an installation stand; without a file, those that Lacquer comes with."""

    rules_file: Path | None = None

    def rules(self) -> "RuleBook":
        """The rules, read now; raise ml.alerts.rules.RuleError for a wrong one."""
        from ml.alerts.facts import COLUMNS
        from ml.alerts.rules import built_in_rules, read_rules

        if self.rules_file is None:
            return built_in_rules(COLUMNS)
        return read_rules(self.rules_file.read_text(), COLUMNS, str(self.rules_file))

    def follow(self, lake: "Lake", facts: "pl.DataFrame") -> "list[Event]":
        """Follow the days of the facts that are new, and note what became of incidents; the new events.

        The last `AGAIN_DAYS` followed days are looked at again: a signal of today that lands after a run of today is
        not left for tomorrow.
        """
        from ml.alerts.feedback import strictness
        from ml.alerts.hits import find_hits
        from ml.alerts.incidents import follow
        from ml.alerts.operations import is_operation

        events, followed = read_events(lake)
        events = [event for event in events if not is_operation(event["release_id"])]
        known = facts["ds"].unique().sort().to_list()
        days = [day for day in known if followed is None or day > followed]
        again = [day for day in known if followed is not None and 0 <= (followed - day).days < AGAIN_DAYS]
        if not days and not again:
            return []
        book = self.rules()
        conditions = _conditions(facts, events, days)
        clear_days = {rule.name: rule.clear_days for rule in book.rules}
        factors = strictness(events, book.strict_floor, book.strict_ceiling)
        state = follow(find_hits(facts, book, factors), days, events, clear_days, book.version, conditions, again)
        if days or state.events:
            note_events(lake, state.events, days[-1] if days else None)
        return state.events


def alerting_of(settings: Settings) -> Alerting:
    """The alerting that the settings state."""
    return Alerting(settings.alert_rules)


AlertingParam = ResourceParam[Alerting]


def write_alerts(lake: "Lake") -> dict[str, int]:
    """Write the table of alerts from the journal; the versions of both, by key.

    Another process may note events meanwhile, or write the table from fewer of them: it is written anew until a version
    of it holds the newest events.
    """
    from ml.alerts.table import alert_table

    journal, table = lake.table(ALERT_EVENTS), lake.table(ALERTS)
    journal.create()
    while True:
        version = journal.version()  # before the events are read: they may be newer than it, never older
        events, _ = read_events(lake)
        made_of = {f"of:{EVENTS_KEY}": version}
        if not table.exists() or table.transactions(*made_of) != made_of:
            table.create()
            table.overwrite(alert_table(events).to_arrow().cast(ALERTS.arrow_schema), None, made_of)
        held = table.version()
        if journal.version() == version and table.transactions(*made_of, version=held) == made_of:
            return {EVENTS_KEY: version, ALERTS_KEY: held}


def note_outcomes(lake: "Lake", outcomes: "Iterable[Outcome]") -> int:
    """Note what runs and checks say of the installation, and publish it where it is new; how many events are new."""
    from ml.alerts.operations import follow_outcomes

    events = follow_outcomes(read_events(lake)[0], outcomes)
    if events:
        note_events(lake, events)
        lake.publish(write_alerts(lake), "alerts")
    return len(events)


def act(lake: "Lake", alert_id: str, kind: str, who: str, why: str, **more: Any) -> "Alert":
    """Note what a person does to an alert, and publish it; the alert as it stands then.

    Raises:
        LookupError: there is no such alert.
        ValueError: its state does not allow it.
    """
    from ml.alerts.alert import fold, make_event, next_seq

    events, followed = read_events(lake)
    one = fold(events).get(alert_id)
    if one is None:
        raise LookupError(f"alert {alert_id}: there is none; `lacquer alerts list --all` shows them")
    if one.state == "resolved" and kind != "feedback":
        raise ValueError(f"alert {alert_id} is resolved since {one.changed_on}; it opens again by itself if it returns")
    day = max(followed or dt.date.min, one.changed_on or one.opened_on)
    event = make_event(one, kind, day, who, why, next_seq(events), rule_version=one.rule_version, **more)
    note_events(lake, [event])
    lake.publish(write_alerts(lake), "alerts")
    return fold([*events, event])[alert_id]


def _conditions(facts: "pl.DataFrame", events: "list[Event]", days: list[dt.date]) -> dict[dt.date, dict[str, bool]]:
    """Whether the condition of each snoozed alert holds, by day."""
    import polars as pl

    from ml.alerts.alert import fold
    from ml.alerts.expressions import compiled
    from ml.alerts.facts import COLUMNS

    found: dict[dt.date, dict[str, bool]] = {}
    for one in fold(events).values():
        if one.state == "snoozed" and one.condition:
            own = facts.filter(pl.col("ds").is_in(days) & (pl.col("release_id") == one.release_id))
            held = own.filter(compiled(one.condition, COLUMNS).fill_null(False))["ds"]
            for day in held:
                found.setdefault(day, {})[one.alert_id] = True
    return found
