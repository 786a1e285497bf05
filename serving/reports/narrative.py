"""A weekly report: its facts, and sentences that state them.

The sentences are those of `sentences`, in English or German.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from serving.copilot.plan import Period
from serving.copilot.wording import Language
from serving.queries.reader import Reader
from serving.reports.facts import ReportFact
from serving.reports.figures import WeekFigures
from serving.reports.phrases import phrases
from serving.reports.sentences import sentences
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
        language: of the sentences; messages of alerts are as the lake has them.
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
    language: Language = "en"
    wording: Literal["template", "model"] = "template"
    notes: list[str] = []

    @property
    def title(self) -> str:
        """The heading of the whole report."""
        told = phrases(self.language)("title")
        return told.format(week=f"{self.week.since:%G-W%V}", subject=self.subject)

    def lines(self) -> list[str]:
        """The report for a terminal or a mail in plain text."""
        lines = [f"{self.title} ({self.week})"]
        for one in self.paragraphs:
            lines += ["", one.heading, *(f"  {sentence}" for sentence in one.sentences)]
        say = phrases(self.language)
        return [*lines, "", *(f"{say('note')}: {one}" for one in self.notes), f"{say('state')} {self.published_state}"]


def weekly_narrative(
    reader: Reader, subject: Subject | None = None, week: str | None = None, language: Language = "en"
) -> Narrative:
    """The report of a week, worded by the template.

    Args:
        reader: whose state and scope.
        subject: what it is about; default: all releases that the reader sees.
        week: such as 2026-W04 or a day; default: the newest that has ended.
        language: of the sentences.

    Raises:
        SubjectError: nothing is known of the week.
    """
    if not reader.has("gold.fct_order_line", "gold.dim_release"):
        raise SubjectError("no sales are published, or none that you see")
    say, about, days = phrases(language), subject or Subject(), find_week(reader, week)
    facts = WeekFigures(reader, about, days).read()
    templates = [Paragraph(heading=heading, sentences=listed) for heading, listed in sentences(facts, say) if listed]
    notes = []
    if reader.last_day is not None and reader.last_day < days.until:
        notes.append(say("partial").format(day=reader.last_day))
    if not reader.scope.is_whole:
        notes.append(say("scope").format(labels=", ".join(sorted(reader.scope.labels or ()))))
    return Narrative(
        kind=about.kind, subject_id=about.id, subject=about.name if about.id else say("company"), week=days,
        published_state=reader.state.number, facts=list(facts), templates=templates,
        paragraphs=filled(templates, facts.shown(language)), language=language, notes=notes,
    )  # fmt: skip


def filled(templates: list[Paragraph], shown: dict[str, str]) -> list[Paragraph]:
    """The paragraphs with the values of facts in their places."""
    return [
        Paragraph(heading=one.heading, sentences=[sentence.format_map(shown) for sentence in one.sentences])
        for one in templates
    ]
