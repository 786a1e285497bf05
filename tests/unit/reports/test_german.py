"""A weekly report in German states the same facts as the English one, written as German readers write numbers."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from serving.copilot.wording import Language, german
from serving.reports.narrative import weekly_narrative
from serving.reports.phrases import phrases
from serving.reports.subject import Subject
from tests.needs import need_packages
from tests.openai_server import Scripted, openai_server

if TYPE_CHECKING:
    from typer.testing import Result

    from lake.lakehouse import Lake
    from serving.queries.reader import Reader
    from serving.reports.narrative import Narrative

LANGUAGES: tuple[Language, Language] = ("en", "de")
NUMBER = re.compile(r"(?<![\w.,])-?\d[\d.,]*\d|(?<![\w.,])-?\d")


def text(report: "Narrative") -> str:
    return " ".join(one for part in report.paragraphs for one in part.sentences)


def test_numbers_and_units_are_written_as_germans_do() -> None:
    written = {"1,234.50 EUR": "1.234,50 EUR", "-677.62 EUR": "-677,62 EUR", "47.3%": "47,3 %", "7 buyers": "7 Käufern"}
    assert {shown: german(shown) for shown in written} == written
    assert german("undefined, since nothing was sold") == "nicht bestimmt, da nichts verkauft wurde"


@pytest.mark.parametrize("number", range(0, 82, 9))
@pytest.mark.parametrize("subject", [Subject(), Subject("label", "L1", "L1"), Subject("artist", "A2", "A2")])
def test_the_same_facts_in_the_same_places(number: int, subject: Subject, reader: "Reader") -> None:
    week = str(date(2024, 7, 8) + timedelta(7 * number))
    english, told = (weekly_narrative(reader, subject, week, one) for one in LANGUAGES)
    assert told.facts == english.facts
    assert [len(part.sentences) for part in told.paragraphs] == [len(part.sentences) for part in english.paragraphs]
    for ours, theirs in zip(told.templates, english.templates, strict=True):
        for here, there in zip(ours.sentences, theirs.sentences, strict=True):
            assert sorted(re.findall(r"\{\w+\}", here)) == sorted(re.findall(r"\{\w+\}", there))
    known = {found for one in told.facts for found in NUMBER.findall(one.shown_in("de"))}
    assert set(NUMBER.findall(text(told))) <= known | {"30"}


def test_ups_and_downs_are_the_same(reader: "Reader") -> None:
    for number in range(30, 80, 7):
        week = str(date(2024, 7, 8) + timedelta(7 * number))
        english, told = (text(weekly_narrative(reader, None, week, one)) for one in LANGUAGES)
        assert (english.count(" up "), english.count(" down ")) == (told.count(" höher"), told.count(" niedriger"))


def test_no_english_words_are_left(reader: "Reader") -> None:
    told = weekly_narrative(reader, None, "2026-01-19", "de")
    sentences = " ".join(one for part in told.templates for one in part.sentences)
    words = set(re.findall(r"[a-z]+", re.sub(r"\{\w+\}", "", sentences).lower()))
    assert words & {"the", "and", "was", "sold", "week", "revenue", "units", "order"} == set()
    assert told.lines()[0].startswith("Woche 2026-W04: alle Veröffentlichungen")
    assert told.lines()[-1].startswith("veröffentlichter Stand ")


def test_both_languages_have_every_phrase() -> None:
    assert phrases("en").names == phrases("de").names


def test_the_command_writes_german(lacquer: "Callable[..., Result]", report_lake: "Lake") -> None:
    told = lacquer("report", "weekly", "--week", "2026-W04", "--language", "de", "--lake", report_lake.root)
    assert told.exit_code == 0
    assert "Der Nettoumsatz betrug " in told.output


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    need_packages("openai", target="serve-tools")
    with openai_server() as made:
        yield made


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("true", "false", "wording"),
    [
        ("Der Nettoumsatz betrug", "In dieser Woche lag der Nettoumsatz bei", "model"),
        ("Der Nettoumsatz betrug", "Der Nettoumsatz betrug nicht", "template"),
        ("{revenue}", "9.999,00 EUR", "template"),
        (" niedriger", " höher", "template"),
        (" höher", " niedriger", "template"),
        ("Retouren {by_returns}", "Menge {by_returns}", "template"),
        ("Nettoumsatz", "großartige Nettoumsatz", "template"),
    ],
)
def test_a_model_may_word_and_may_not_lie(
    true: str, false: str, wording: str, reader: "Reader", server: Scripted
) -> None:
    from resources.language_model import LanguageModel
    from serving.copilot.suggest import Budget
    from serving.reports.rephrase import rephrased

    report = weekly_narrative(reader, None, "2026-01-19", "de")
    given = [one.replace(true, false) for part in report.templates for one in part.sentences]
    if given == [one for part in report.templates for one in part.sentences]:
        given[0] += false
    server.answers(json.dumps({"sentences": given}))
    told = rephrased(report, LanguageModel(server.url, "key", "scripted", 5.0, retries=0), Budget(1000))
    assert (told.wording, told.facts) == (wording, report.facts)
    if wording == "template":
        assert told.paragraphs == report.paragraphs
