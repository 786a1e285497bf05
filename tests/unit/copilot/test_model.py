"""With a language model that plans well, badly, invents, lies or fails, no answer is wrong; it offers questions."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.needs import need_packages
from tests.web_server import Answer, Asked, WebServer, web_server

if TYPE_CHECKING:
    from serving.copilot.ask import Copilot
    from serving.copilot.suggest import Suggester

pytestmark = pytest.mark.heavy
GOOD = {"can_answer": True, "metrics": ["net_revenue"], "group_by": [], "order": "name", "limit": None, "tool": None}
CONTENTS: dict[str, str] = {
    "well": json.dumps(GOOD),
    "another metric": json.dumps(GOOD | {"metrics": ["orders"], "group_by": ["country"]}),
    "an invented metric": json.dumps(GOOD | {"metrics": ["profit"]}),
    "a forbidden tool": json.dumps(GOOD | {"tool": "shell"}),
    "a filter of its own": json.dumps(GOOD | {"conditions": [{"field": "genre", "values": ["rock"]}]}),
    "a number of its own": json.dumps(GOOD | {"answer": "Revenue was 1,000,000 EUR"}),
    "sql": "select * from gold.fct_order_line",
    "nothing": "",
}
HERE = Path(__file__).parent


def completion(content: str) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    usage = {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100}
    whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [choice]}
    return json.dumps(whole | {"usage": usage}).encode()


@pytest.fixture
def pages() -> Iterator[WebServer]:
    need_packages("openai", target="serve-tools")
    with web_server() as server:
        yield server


@pytest.fixture
def suggesting(pages: WebServer) -> Callable[..., "Suggester"]:
    """A suggester whose server answers with given bodies in turn."""
    from resources.language_model import LanguageModel
    from serving.copilot.suggest import Budget, Suggester

    def make(*answers: Answer | bytes, tokens: int = 10_000, timeout_s: float = 5.0) -> Suggester:
        pages.on("/v1/chat/completions", *answers)
        return Suggester(LanguageModel(pages.url + "/v1", "key", "scripted", timeout_s, retries=1), Budget(tokens))

    return make


@pytest.fixture(scope="module")
def by_grammar(copilot: "Copilot") -> dict[str, Any]:
    """The answer of the grammar alone to each question."""
    names = ("metrics", "tools", "refused")
    texts = [(HERE / f"questions_{name}.yml").read_text("utf-8") for name in names]
    return {one["ask"]: copilot.ask(one["ask"]) for text in texts for one in yaml.safe_load(text)}


@pytest.mark.parametrize("script", CONTENTS)
def test_no_script_changes_an_answer_or_answers_what_has_none(
    script: str, copilot: "Copilot", suggesting: Callable[..., "Suggester"], by_grammar: dict[str, Any]
) -> None:
    suggester = suggesting(completion(CONTENTS[script]), tokens=1_000_000)
    refused = {question: answer.refusal for question, answer in by_grammar.items() if answer.refusal}
    assert len(refused) >= 60
    for question, refusal in refused.items():
        answer = copilot.ask(question, suggester=suggester)
        assert not answer.facts, question
        assert not answer.rows, question
        assert answer.refusal is not None, question
        assert answer.refusal.reason == refusal.reason
        # Whatever is offered can be asked: it is understood, and the lake has it.
        offered = [one for one in answer.refusal.suggestions if one not in refusal.suggestions]
        assert all(copilot.ask(one).refusal is None for one in offered)


def test_the_model_is_not_asked_where_the_grammar_answers_or_forbids(
    copilot: "Copilot", suggesting: Callable[..., "Suggester"], by_grammar: dict[str, Any], pages: WebServer
) -> None:
    suggester = suggesting(completion(CONTENTS["another metric"]))
    for question, before in by_grammar.items():
        if before.refusal is None or before.refusal.reason == "forbidden":
            assert copilot.ask(question, suggester=suggester).facts == before.facts
    assert pages.asked == []


def test_a_good_reading_is_offered_and_answers_when_it_is_asked(
    copilot: "Copilot", suggesting: Callable[..., "Suggester"]
) -> None:
    answer = copilot.ask("till takings of Velvet Foxes in 2025", suggester=suggesting(completion(CONTENTS["well"])))
    assert answer.refusal is not None
    offered = answer.refusal.suggestions[0]
    assert offered == 'net revenue of artist "Velvet Foxes" from 2025-01-01 to 2025-12-31'
    assert copilot.ask(offered).facts == copilot.ask("revenue of Velvet Foxes in 2025").facts


def test_names_and_personal_data_do_not_leave(
    copilot: "Copilot", suggesting: Callable[..., "Suggester"], pages: WebServer
) -> None:
    suggester = suggesting(completion(CONTENTS["well"]))
    copilot.ask("till takings of Needle Drop in 2025", suggester=suggester)
    (sent,) = pages.asked
    assert b"till takings" in sent.body
    assert b"needle" not in sent.body.lower()
    assert json.loads(sent.body)["response_format"]["type"] == "json_schema"
    copilot.ask("takings of jane@example.com", suggester=suggester)
    copilot.ask("takings of +49 151 234", suggester=suggester)
    assert len(pages.asked) == 1


def test_a_lost_answer_is_asked_for_again(copilot: "Copilot", suggesting: Callable[..., "Suggester"]) -> None:
    suggester = suggesting(Answer(b"busy", 503), completion(CONTENTS["well"]))
    refusal = copilot.ask("till takings in 2025", suggester=suggester).refusal
    assert refusal is not None
    assert refusal.suggestions[0].startswith("net revenue")


@pytest.mark.parametrize(
    ("answer", "says"),
    [(Answer(b"down", 500), "(server)"), (Answer(b"no", 401), "(refused_request)"), (b"<html>", "(invalid)")],
)
def test_a_model_that_fails_leaves_the_grammars_refusal(
    answer: Answer | bytes, says: str, copilot: "Copilot", suggesting: Callable[..., "Suggester"]
) -> None:
    refusal = copilot.ask("till takings in 2025", suggester=suggesting(answer)).refusal
    assert refusal is not None
    assert refusal.reason == "unknown_words"
    assert says in refusal.message


def test_a_slow_model_is_given_up(copilot: "Copilot", suggesting: Callable[..., "Suggester"]) -> None:
    import time

    def slow(_: Asked) -> Answer:
        time.sleep(0.6)
        return Answer(completion(CONTENTS["well"]))

    made: Any = suggesting(slow, timeout_s=0.2)
    refusal = copilot.ask("till takings in 2025", suggester=made).refusal
    assert refusal is not None
    assert "(timeout)" in refusal.message


def test_the_days_tokens_are_a_limit(
    copilot: "Copilot", suggesting: Callable[..., "Suggester"], pages: WebServer
) -> None:
    suggester = suggesting(completion(CONTENTS["well"]), tokens=150)
    refusals = [copilot.ask("till takings in 2025", suggester=suggester).refusal for _ in range(3)]
    assert len(pages.asked) == 2  # 100 tokens each
    assert refusals[2] is not None
    assert "tokens of today are spent" in refusals[2].message
