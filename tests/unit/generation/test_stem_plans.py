"""Plans of stems by a language model: what it chooses is checked, and rules choose where it fails."""

import json
from collections.abc import Iterator

import pytest

from lake.lakehouse import Lake
from resources.generation.costs import spent
from resources.generation.installation import Generation
from resources.generation.requests import Wish, ask
from resources.generation.stem_plans import choose, reserve_for
from resources.generation.working import work
from resources.language_model import LanguageModel
from tests.generation_builders import add_song
from tests.needs import need_packages
from tests.openai_server import Scripted, completion, openai_server

PRICES = (10_000.0, 100_000.0)  # 70 tokens read and 9 written cost 0.70 + 0.90
COST = 1.6
FACTS = {"stems": ["bass"], "bpm": 96, "beats_per_bar": 4, "key": "A:minor", "chords": ["A:min"]}
GOOD = json.dumps({"backend": "musicgen", "style": "warm soul, laid-back"})


@pytest.fixture
def server() -> Iterator[Scripted]:
    need_packages("openai", target="serve-tools")
    with openai_server() as scripted:
        yield scripted


def model(server: Scripted, timeout_s: float = 20.0) -> LanguageModel:
    return LanguageModel(server.url, "key", "scripted", timeout_s=timeout_s, retries=0)


def test_the_model_chooses_of_what_can_run(server: Scripted) -> None:
    server.answers(GOOD)
    chosen = choose(FACTS, ["rules", "musicgen"], model(server), PRICES, 5)
    assert (chosen.backend, chosen.style, chosen.by) == ("musicgen", "warm soul, laid-back", "scripted-1")
    assert chosen.cost == pytest.approx(COST)
    sent = server.requests[0]
    assert sent["response_format"]["json_schema"]["schema"]["properties"]["backend"]["enum"] == ["rules", "musicgen"]
    assert json.loads(sent["messages"][1]["content"]) == {**FACTS, "backends": ["rules", "musicgen"]}
    assert reserve_for(FACTS, model(server), PRICES) > COST


FAULTS: dict[str, tuple[str | tuple[int, str, float], str, float | None]] = {
    "cannot run": (GOOD, "the model chose 'musicgen', which cannot run here", COST),
    "no backend": ("{}", "the model chose None", COST),
    "instructions": (json.dumps({"backend": "rules", "style": "x; rm -rf"}), "the model's style is not letters", COST),
    "too long": (json.dumps({"backend": "rules", "style": "a" * 121}), "the model's style is not letters", COST),
    "half a JSON": ("{half", "no plan (invalid)", COST),
    "500": ((500, "{}", 0.0), "no plan (server)", 0.0),
    "slow": ((200, completion(GOOD), 1.5), "no plan (timeout)", None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_rules_choose_where_the_model_does_not(server: Scripted, fault: str) -> None:
    reply, why, cost = FAULTS[fault]
    server.answers(reply)
    asked = model(server, 0.3 if fault == "slow" else 20.0)
    chosen = choose(FACTS, ["rules"], asked, PRICES, 5)
    assert (chosen.backend, chosen.style, chosen.by) == ("rules", "", "rules")
    assert chosen.why.startswith(why)
    assert chosen.cost == (None if cost is None else pytest.approx(cost))


def test_without_a_model_rules_choose_and_it_costs_nothing() -> None:
    assert choose(FACTS, ["rules"], None, PRICES, 5).why == "no model is set"
    assert reserve_for(FACTS, None, PRICES) == 0


@pytest.mark.heavy
def test_a_planned_stem_keeps_the_choice_and_its_cost(lake: Lake, server: Scripted) -> None:
    need_packages("jams", "mir_eval", target="audio")
    add_song(lake, "T1", "R1", 7_100)
    server.answers(json.dumps({"backend": "rules", "style": "sparse funk"}))
    wish = Wish("stem", "T1", ("bass",), backend="planned", parameters={"bars": 4})
    request = ask(lake, wish, "ana")
    assert work(lake, Generation(model(server), PRICES)).completed == [request.id]
    con = lake.connect(lake.published())
    ((inputs, backend),) = con.execute("select inputs, backend from gold.generated_assets").fetchall()
    choice = json.loads(inputs)["choice"]
    assert (backend, choice["backend"], choice["style"], choice["by"]) == (
        "rules",
        "rules",
        "sparse funk",
        "scripted-1",
    )
    assert spent(lake) == pytest.approx(COST)
