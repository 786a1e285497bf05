"""Texts by a model whose server misbehaves: each request ends in a clear state, and its cost is counted once."""

import json
from collections.abc import Iterator

import pytest

from lake.lakehouse import Lake
from resources.generation.costs import spent
from resources.generation.installation import Generation
from resources.generation.requests import ask
from resources.generation.working import work
from resources.language_model import LanguageModel
from tests.generation_builders import WISH
from tests.needs import need_packages
from tests.openai_server import CUT, Scripted, completion, openai_server

PRICES = (10_000.0, 100_000.0)  # of a million tokens: 70 read and 9 written cost 0.70 + 0.90
COST = 1.6
TRUE = json.dumps({"text": "Hear Blue Hours by Artist 1, out on First Label since 1 January 2025."})
# The reply, the start of the reason, and what it costs; None: nobody knows, so what was reserved counts.
FAULTS: dict[str, tuple[tuple[int, str, float], str, float | None]] = {
    "slow": ((200, completion(TRUE), 1.0), "no text (timeout)", None),
    "429": ((429, "{}", 0.0), "no text (rate_limit)", 0.0),
    "500": ((500, "{}", 0.0), "no text (server)", 0.0),
    "no key": ((401, "{}", 0.0), "no text (refused_request)", 0.0),
    "broken JSON": ((200, completion("{half a"), 0.0), "no text (invalid)", COST),
    "JSON without a text": ((200, completion("{}"), 0.0), "no text (invalid)", COST),
    "no completion": ((200, "[]", 0.0), "no text (invalid)", None),
    "half an answer": ((200, completion(TRUE)[:40] + CUT, 0.0), "no text (unreachable)", None),
    "cut off": ((200, completion(TRUE, "length"), 0.0), "no text (invalid)", COST),
    "refusal": ((200, completion(None, refusal="no"), 0.0), "no text (refusal)", COST),
}


@pytest.fixture
def server() -> Iterator[Scripted]:
    need_packages("openai", target="serve-tools")
    with openai_server() as scripted:
        yield scripted


def generation(server: Scripted, retries: int = 0, limit: float | None = None) -> Generation:
    model = LanguageModel(server.url, "key", "scripted", timeout_s=0.3, retries=retries)
    return Generation(model, PRICES, limit)


def only_request(lake: Lake) -> tuple[str, str, float]:
    found = lake.connect(lake.published()).execute("select state, why, cost from gold.generation_requests")
    ((state, why, cost),) = found.fetchall()
    return state, why, cost


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_server_is_a_failed_request_with_its_reason(lake: Lake, server: Scripted, fault: str) -> None:
    reply, reason, cost = FAULTS[fault]
    server.answers(reply)
    ask(lake, WISH, "ana")
    work(lake, generation(server))
    state, why, counted = only_request(lake)
    assert (state, why.startswith(reason)) == ("failed", True), why
    assert counted == pytest.approx(cost) if cost is not None else counted > COST
    assert spent(lake) == pytest.approx(counted)


def test_retries_of_the_client_are_one_cost(lake: Lake, server: Scripted) -> None:
    server.answers((500, "{}", 0.0), (429, "{}", 0.0), TRUE)
    ask(lake, WISH, "ana")
    work(lake, generation(server, retries=2))
    assert only_request(lake)[0] == "completed"
    assert len(server.requests) == 3
    assert spent(lake) == pytest.approx(COST)


def test_nobody_is_asked_above_the_monthly_limit(lake: Lake, server: Scripted) -> None:
    server.answers(TRUE)
    ask(lake, WISH, "ana")
    work(lake, generation(server, limit=0.01))
    state, why, cost = only_request(lake)
    assert (state, why.startswith("the monthly limit is 0.01"), cost) == ("failed", True, 0.0)
    assert server.requests == []


def test_the_draft_keeps_model_prompt_and_what_is_not_verified(lake: Lake, server: Scripted) -> None:
    server.answers(json.dumps({"text": "Blue Hours by Artist 1 won a Grammy."}))
    ask(lake, WISH, "ana")
    work(lake, generation(server))
    sql = "select model, prompt, finding_count, findings from gold.generated_assets"
    ((model, prompt, count, findings),) = lake.connect(lake.published()).execute(sql).fetchall()
    assert (model, count, json.loads(findings)[0]["text"]) == ("scripted-1", 1, "Grammy")
    assert prompt.endswith(server.requests[0]["messages"][1]["content"])
