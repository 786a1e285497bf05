"""`lacquer generate texts` over a published lake, by template and by a scripted server of OpenAI's protocol."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from lake.delta.table import Table
from lake.lakehouse import Lake
from resources.language_model import LanguageModel, LanguageModelError
from tests.needs import need_packages
from tests.openai_server import CUT, Scripted, completion, openai_server
from tests.serving_lake import releases

Lacquer = Callable[..., Result]
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


@pytest.fixture
def catalogue(tmp_path: Path) -> Lake:
    """A lake whose catalogue has four releases."""
    import pyarrow as pa

    rows = releases()
    rows = rows.append_column("release_year", pa.array([2025] * rows.num_rows, pa.int32()))
    rows = rows.append_column("bpm", pa.array([96.2] * rows.num_rows))
    store = Lake(tmp_path / "lake")
    Table(store.path("gold/dim_release")).overwrite(rows)
    store.publish(store.versions(), "test")
    return store


@pytest.fixture
def server() -> Iterator[Scripted]:
    need_packages("openai", target="serve-tools")
    with openai_server() as scripted:
        yield scripted


@pytest.fixture
def modelled(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    monkeypatch.setenv("LACQUER_LANGUAGE_MODEL_URL", server.url)
    monkeypatch.setenv("LACQUER_LANGUAGE_MODEL", "scripted")
    return server


def test_a_template_states_the_catalogue(lacquer: Lacquer, catalogue: Lake) -> None:
    german = lacquer("generate", "texts", "R1", "--language", "de", "--lake", catalogue.root)
    assert german.exit_code == 0, german.output
    assert "Jetzt entdecken: Blue Hours von Artist 1." in german.output
    assert "Erschienen bei First Label, 1. Januar 2025." in german.output
    assert "Preis: 12,99 EUR." in german.output
    assert "by template: verified" in german.output
    english = lacquer("generate", "texts", "R2", "--lake", catalogue.root)
    assert "Discover Café Noir by Artist 2. Released on Second Label" not in english.output
    assert "Released on First Label, 2 January 2025." in english.output


def test_what_cannot_be_written_is_refused(lacquer: Lacquer, catalogue: Lake) -> None:
    for arguments, reason in (
        (("R9",), "no release R9"),
        (("R4",), "the release has no title"),
        (("R1", "--language", "fr"), "texts can be checked in en, de"),
    ):
        answer = lacquer("generate", "texts", *arguments, "--lake", catalogue.root)
        assert (answer.exit_code, reason in answer.output) == (1, True), answer.output


def test_a_true_text_of_a_model_is_verified(
    lacquer: Lacquer, catalogue: Lake, modelled: Scripted, tmp_path: Path
) -> None:
    modelled.answers(json.dumps({"text": "Hear Blue Hours by Artist 1, out on First Label since 1 January 2025."}))
    answer = lacquer("generate", "texts", "R1", "--lake", catalogue.root, "--out", tmp_path / "text.json")
    assert answer.exit_code == 0, answer.output
    report = json.loads((tmp_path / "text.json").read_text())
    assert (report["model"], report["prompt_tokens"], report["completion_tokens"]) == ("scripted-1", 70, 9)
    assert report["findings"] == []
    asked = modelled.requests[0]
    assert "Blue Hours" in asked["messages"][1]["content"]
    assert asked["response_format"]["type"] == "json_schema"


def test_a_lie_of_a_model_is_marked(lacquer: Lacquer, catalogue: Lake, modelled: Scripted) -> None:
    modelled.answers(json.dumps({"text": "Blue Hours by Artist 1 won a Grammy. It came out on 2 January 2025."}))
    answer = lacquer("generate", "texts", "R1", "--lake", catalogue.root)
    assert answer.exit_code == 1
    assert 'marked: "Grammy" (claim)' in answer.output
    assert 'marked: "2 January 2025" (date)' in answer.output
    assert "not to be approved" in answer.output


GOOD = json.dumps({"text": "Blue Hours"})
STATES = {
    "rate_limit": (429, "{}", 0.0),
    "server": (500, "{}", 0.0),
    "refused_request": (401, "{}", 0.0),
    "timeout": (200, completion(GOOD), 1.0),
    "refusal": (200, completion(None, refusal="no"), 0.0),
    "invalid": (200, completion("{half a"), 0.0),
    "unreachable": (200, completion(GOOD)[:40] + CUT, 0.0),
}


@pytest.mark.parametrize("state", STATES)
def test_each_failure_has_a_state(server: Scripted, state: str) -> None:
    server.script = [STATES[state]]
    model = LanguageModel(server.url, "key", "scripted", timeout_s=0.3, retries=0)
    with pytest.raises(LanguageModelError) as caught:
        model.answer("write", "facts", SCHEMA)
    assert caught.value.state == state


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_answer_that_was_cut_off_is_none(server: Scripted, reason: str) -> None:
    server.script = [(200, completion(GOOD, reason), 0.0)]
    with pytest.raises(LanguageModelError, match=r"cut off|refused"):
        LanguageModel(server.url, "key", "scripted").answer("write", "facts", SCHEMA)


def test_a_retry_succeeds_and_its_cost_is_counted_once(server: Scripted) -> None:
    server.answers((500, "{}", 0.0), (429, "{}", 0.0), GOOD)
    answer = LanguageModel(server.url, "key", "scripted").answer("write", "facts", SCHEMA)
    assert (len(server.requests), answer.prompt_tokens, answer.completion_tokens) == (3, 70, 9)
