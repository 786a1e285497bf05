"""A model that words a report well is taken; one that lies, invents, obeys the data or fails is not."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from serving.reports.narrative import Narrative, weekly_narrative
from tests.needs import need_packages
from tests.openai_server import Scripted, completion, openai_server

if TYPE_CHECKING:
    from serving.queries.reader import Reader

pytestmark = pytest.mark.heavy
LIES = {
    "a number of its own": ("{revenue}", "9,999.00 EUR"),
    "a number beside the facts": ("{revenue}", "{revenue} of 9999"),
    "a number in words": ("Net revenue was", "Net revenue was a million,"),
    "other signs for digits": ("{revenue}", "{revenue} or ٩٩"),
    "the facts exchanged": ("{revenue}, ", "{revenue_week_before}, "),
    "another figure": ("Net revenue", "Net units"),
    "a figure less": ("Net revenue", "Revenue"),
    "the other direction": (" up ", " down "),
    "the other direction, down": (" down ", " up "),
    "a denial": ("was {revenue}", "was not {revenue}"),
    "a judgement": ("Net revenue", "Excellent net revenue"),
    "a name": ("Net revenue", "Net revenue of Nirvana"),
    "a fact left out": ("{revenue}", "it"),
    "a fact that there is none of": ("{revenue}", "{profit}"),
    "an attribute of a fact": ("{revenue}", "{revenue.__class__}"),
    "markup": ("Net revenue", "<b>Net revenue</b>"),
    "a claim": ("Net revenue", "Award-winning net revenue"),
    "the drivers exchanged": ("returns {by_returns}", "volume {by_returns}"),
    "a link": ("Net revenue", "See http://evil.example for net revenue"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    need_packages("openai", target="serve-tools")
    with openai_server() as made:
        yield made


@pytest.fixture(scope="module")
def report(reader: "Reader") -> Narrative:
    return weekly_narrative(reader, None, "2026-01-19")


def sentences(report: Narrative) -> list[str]:
    return [sentence for one in report.templates for sentence in one.sentences]


def worded(report: Narrative, server: Scripted, body: Any, tokens: int = 1000) -> Narrative:
    """The report after a server has answered with a body."""
    from resources.language_model import LanguageModel
    from serving.copilot.suggest import Budget
    from serving.reports.rephrase import rephrased

    server.requests.clear()
    server.answers(body)
    return rephrased(report, LanguageModel(server.url, "key", "scripted", 5.0, retries=0), Budget(tokens))


def test_other_words_for_the_same_facts_are_taken(report: Narrative, server: Scripted) -> None:
    given = [one.replace("Net revenue was", "In this week our net revenue amounted to") for one in sentences(report)]
    told = worded(report, server, json.dumps({"sentences": given}))
    assert told.wording == "model"
    assert told.notes == report.notes
    assert told.facts == report.facts
    revenue = next(one.shown for one in report.facts if one.name == "revenue")
    assert told.paragraphs[0].sentences[0].startswith(f"In this week our net revenue amounted to {revenue}, ")


def test_the_model_sees_no_value_and_no_name(report: Narrative, server: Scripted) -> None:
    worded(report, server, json.dumps({"sentences": sentences(report)}))
    sent = json.dumps(server.requests)
    hidden = [one.shown for one in report.facts if one.unit == "text" or one.unit == "EUR"]
    assert [one for one in hidden if one in sent] == []


@pytest.mark.parametrize("lie", LIES)
def test_a_wording_that_says_anything_else_is_sent_back(lie: str, report: Narrative, server: Scripted) -> None:
    true, false = LIES[lie]
    given = [one.replace(true, false) for one in sentences(report)]
    if given == sentences(report):
        given[0] = given[0] + false
    told = worded(report, server, json.dumps({"sentences": given}))
    assert told.wording == "template"
    assert told.paragraphs == report.paragraphs
    assert "wording is not used" in told.notes[-1]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"sentences": []}),
        json.dumps({"sentences": ["Revenue doubled."], "title": "great"}),
        json.dumps({"text": "Revenue doubled."}),
        "no json",
        (500, "", 0.0),
        (200, completion("", "length"), 0.0),
        (200, completion(None, refusal="no"), 0.0),
    ],
)
def test_a_failure_leaves_the_template(body: Any, report: Narrative, server: Scripted) -> None:
    told = worded(report, server, body)
    assert (told.wording, told.paragraphs) == ("template", report.paragraphs)
    assert "language model" in told.notes[-1]


def test_nothing_is_sent_when_the_tokens_of_the_day_are_spent(report: Narrative, server: Scripted) -> None:
    told = worded(report, server, json.dumps({"sentences": sentences(report)}), tokens=0)
    assert (told.wording, server.requests) == ("template", [])
