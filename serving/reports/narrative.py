"""A weekly report: its facts, and sentences that state them.

A sentence is a template with the names of facts in braces. Its words are chosen by the facts alone: "up" or "down" by
the sign, and what has no facts is not spoken of.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from serving.copilot.plan import Period
from serving.queries.drivers import DRIVERS
from serving.queries.reader import Reader
from serving.reports.facts import Facts, ReportFact
from serving.reports.figures import ACTIONS, TOP, WeekFigures
from serving.reports.subject import Subject, SubjectError, find_week


class Paragraph(BaseModel):
    """A heading with sentences; the values of facts stand in them."""

    model_config = ConfigDict(frozen=True)

    heading: str
    sentences: list[str]


class Narrative(BaseModel):
    """A weekly report in words.

    Attributes:
        kind: company, label or artist.
        subject_id: of the label or artist; empty for the company.
        subject: its name.
        week: from Monday to Sunday.
        published_state: that all facts come from.
        facts: the numbers, names and days that the report may state.
        templates: the sentences with the names of facts in place of their values.
        paragraphs: the sentences as they are read.
        wording: whether a template or a model chose the words.
        notes: what a reader must know, such as why the model's wording was not taken.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    subject_id: str
    subject: str
    week: Period
    published_state: int
    facts: list[ReportFact]
    templates: list[Paragraph]
    paragraphs: list[Paragraph]
    wording: Literal["template", "model"] = "template"
    notes: list[str] = []

    @property
    def title(self) -> str:
        """The heading of the whole report."""
        return f"Week {self.week.since:%G-W%V}: {self.subject}"

    def lines(self) -> list[str]:
        """The report for a terminal or a mail in plain text."""
        lines = [f"{self.title} ({self.week})"]
        for one in self.paragraphs:
            lines += ["", one.heading, *(f"  {sentence}" for sentence in one.sentences)]
        return [*lines, "", *(f"note: {one}" for one in self.notes), f"published state {self.published_state}"]


def weekly_narrative(reader: Reader, subject: Subject | None = None, week: str | None = None) -> Narrative:
    """The report of a week, worded by the template.

    Args:
        reader: whose state and scope.
        subject: what it is about; default: all releases that the reader sees.
        week: such as 2026-W04 or a day; default: the newest that has ended.

    Raises:
        SubjectError: nothing is known of the week.
    """
    if not reader.has("gold.fct_order_line", "gold.dim_release"):
        raise SubjectError("no sales are published, or none that you see")
    about, days = subject or Subject(), find_week(reader, week)
    facts = WeekFigures(reader, about, days).read()
    templates = [Paragraph(heading=heading, sentences=listed) for heading, listed in _sentences(facts) if listed]
    notes = []
    if reader.last_day is not None and reader.last_day < days.until:
        notes.append(f"sales are known until {reader.last_day} only, which is part of the week")
    if not reader.scope.is_whole:
        notes.append(f"only the labels {', '.join(sorted(reader.scope.labels or ()))} are counted")
    return Narrative(
        kind=about.kind, subject_id=about.id, subject=about.name, week=days,
        published_state=reader.state.number, facts=list(facts), templates=templates,
        paragraphs=filled(templates, facts.shown()), notes=notes,
    )  # fmt: skip


def filled(templates: list[Paragraph], shown: dict[str, str]) -> list[Paragraph]:
    """The paragraphs with the values of facts in their places."""
    return [
        Paragraph(heading=one.heading, sentences=[sentence.format_map(shown) for sentence in one.sentences])
        for one in templates
    ]


def _sentences(facts: Facts) -> list[tuple[str, list[str]]]:
    return [
        ("What sold", _sold(facts)),
        ("What changed and why", _changed(facts)),
        ("Forecast", _forecast(facts)),
        ("Forecasts and what sold", _missed(facts)),
        ("Open alerts", _alerts(facts)),
        ("What to do", _actions(facts)),
    ]


def _sold(facts: Facts) -> list[str]:
    if not facts.value("orders") and not facts.value("returned"):
        return ["Nothing was sold in this week; in the week before, net revenue was {revenue_week_before}."]
    listed = [
        f"Net revenue was {{revenue}}, {_against(facts, 'revenue', 'week_before')}.",
        f"Net of returns, {{units}} sold, {_against(facts, 'units', 'week_before')}.",
        "There were {orders} by {buyers}; {returned} came back.",
    ]
    if facts.has("revenue_change_year_before"):
        listed.insert(1, f"Beside the same week a year before, revenue is {_moved(facts, 'revenue', 'year_before')}.")
    for place in range(1, TOP + 1):
        if facts.has(f"best_{place}_title"):
            words = "Sold most: " if place == 1 else "Then: "
            listed.append(f"{words}{{best_{place}_title}} with {{best_{place}_units}} and {{best_{place}_revenue}}.")
    return listed


def _against(facts: Facts, name: str, suffix: str) -> str:
    if not facts.has(f"{name}_change_{suffix}"):
        return f"after {{{name}_{suffix}}} in the week before"
    return f"{_moved(facts, name, suffix)} from {{{name}_{suffix}}} in the week before"


def _moved(facts: Facts, name: str, suffix: str) -> str:
    now, before = facts.value(name), facts.value(f"{name}_{suffix}")
    if now == before:
        return "unchanged"
    return f"{'up' if now > before else 'down'} {{{name}_change_{suffix}}}"


def _changed(facts: Facts) -> list[str]:
    if not facts.value("revenue_change"):
        return []
    names = [name.replace(" ", "_") for name in DRIVERS]
    ordered = sorted(names, key=lambda name: (-abs(facts.value(f"by_{name}")), name))
    parts = [f"{name.replace('_', ' ')} {{by_{name}}}" for name in ordered if facts.value(f"by_{name}")]
    listed = [f"Net revenue changed by {{revenue_change}}: {', '.join(parts)}."]
    for name, words in (("rise", "The largest rise"), ("fall", "The largest fall")):
        if facts.has(f"{name}_title"):
            listed.append(f"{words} is that of {{{name}_title}}, by {{{name}_revenue}}.")
    return listed


def _forecast(facts: Facts) -> list[str]:
    if not facts.value("forecast_releases"):
        return []
    return [
        "The forecast of {forecast_origin} expects {forecast_units} and {forecast_revenue} within 30 days, "
        "of {forecast_releases}; the risk of {forecast_at_risk} is high."
    ]


def _missed(facts: Facts) -> list[str]:
    if not facts.has("missed_origin"):
        return []
    return [
        "The forecast of {missed_origin} put the middle at {missed_expected} within 30 days; {missed_actual} sold.",
        "Of {missed_releases}, {missed_above} sold more than the P90 of the forecast.",
        "The largest miss is {missed_title}: {missed_title_expected} expected, {missed_title_actual} sold.",
    ]


def _alerts(facts: Facts) -> list[str]:
    if not facts.has("open_alerts"):
        return []
    if not facts.value("open_alerts"):
        return ["No alert is open."]
    listed = ["Alerts that opened by the end of the week and are still open: {open_alerts}."]
    for place in range(1, ACTIONS + 1):
        if facts.has(f"alert_{place}_title"):
            listed.append(f"{{alert_{place}_title}}: {{alert_{place}_message}}.")
    return listed


def _actions(facts: Facts) -> list[str]:
    listed = []
    if facts.value("orders_to_place"):
        listed.append("Order {orders_to_place} at a cost of {order_cost}.")
    for place in range(1, ACTIONS + 1):
        if facts.has(f"order_{place}_title"):
            listed.append(f"Order {{order_{place}_units}} of {{order_{place}_title}}.")
    for place in range(1, ACTIONS + 1):
        if facts.has(f"alert_{place}_title") and facts.has(f"alert_{place}_next_step"):
            listed.append(f"For {{alert_{place}_title}}: {{alert_{place}_next_step}}.")
    return listed
