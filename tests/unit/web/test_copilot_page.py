"""The copilot's page and its routes: answers of the lake's lines, a history of one's own, refusals, scopes."""

import html
import json
import re
from decimal import Decimal
from typing import Any

import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages
from tests.serving_clients import logged_in

pytestmark = pytest.mark.heavy


@pytest.fixture(autouse=True)
def semantic_layer() -> None:
    need_packages("metricflow", target="serve-tools")


def conversation_of(page: str) -> str:
    found = re.search(r'name="conversation_id" value="([0-9a-f]{32})"', page)
    assert found
    return found[1]


def test_a_conversation_with_a_follow_up_stays_in_the_history(app: Any) -> None:
    client = logged_in(app)
    conversation = conversation_of(client.get("/copilot").text)
    jazz = sum(Decimal(one[5]) for one in serving_lake.LINES if one[3] in ("R1", "R3"))
    rock = sum(Decimal(one[5]) for one in serving_lake.LINES if one[3] == "R4")
    for question in ("revenue of jazz", "and for rock?"):
        asked = client.post("/copilot/ask", data={"question": question, "conversation_id": conversation})
        assert asked.status_code == 303
    page = client.get(asked.headers["location"]).text
    assert f"{jazz:,.2f} EUR" in page
    assert f"{rock:,.2f} EUR" in page
    assert "lacquer ask --plan" in page
    assert "and for rock?" not in logged_in(app, "viewer").get("/copilot").text
    assert "and for rock?" in client.get("/copilot").text


def test_htmx_gets_the_new_exchange_and_a_fresh_form(app: Any) -> None:
    client = logged_in(app)
    conversation = conversation_of(client.get("/copilot").text)
    sent = {"question": "<b>profit</b>", "conversation_id": conversation}
    pending = client.post("/copilot/ask", data=sent, headers={"HX-Request": "true"}).text
    assert pending.startswith("<article")
    assert 'hx-post="/copilot/answer"' in pending
    assert 'hx-swap-oob="true"' in pending
    part = client.post("/copilot/answer", data=sent, headers={"HX-Request": "true"}).text
    assert part.startswith("<article")
    assert "<b>profit" not in pending + part
    assert "Not answered" in part


def test_how_a_question_is_understood_shows_before_its_answer(app: Any) -> None:
    client = logged_in(app)
    conversation = conversation_of(client.get("/copilot").text)
    sent = {"question": "turnover of jazz per label", "conversation_id": conversation}
    pending = client.post("/copilot/ask", data=sent, headers={"HX-Request": "true"}).text
    assert "net revenue of genre &#34;jazz&#34; by label" in pending
    assert "EUR" not in pending
    assert "turnover of jazz per label" not in client.get("/copilot").text  # kept once it is answered
    assert "EUR" in client.post("/copilot/answer", data=sent).text


def test_the_link_of_an_answer_gives_its_numbers_again_and_does_nothing_else(app: Any) -> None:
    client = logged_in(app)
    conversation = conversation_of(client.get("/copilot").text)
    sent = {"question": "revenue of jazz", "conversation_id": conversation}
    page = client.post("/copilot/answer", data=sent).text
    link = re.search(r'href="(/copilot\?plan=[^"]+)"', page)
    assert link
    jazz = sum(Decimal(one[5]) for one in serving_lake.LINES if one[3] in ("R1", "R3"))
    again = client.get(html.unescape(link[1])).text
    assert f"{jazz:,.2f} EUR" in again
    assert "/feedback" not in again
    action = '{"kind": "action", "action": "order_report", "why": "look"}'
    assert client.get("/copilot", params={"plan": action}).status_code == 422
    assert client.get("/copilot", params={"plan": "{"}).status_code == 422


def test_follow_ups_are_asked_by_a_button(app: Any) -> None:
    client = logged_in(app)
    conversation = conversation_of(client.get("/copilot").text)
    page = client.post("/copilot/answer", data={"question": "revenue", "conversation_id": conversation}).text
    assert 'value="net revenue by genre"' in page
    asked = {"question": "net revenue by genre", "conversation_id": conversation}
    assert "Not answered" not in client.post("/copilot/answer", data=asked).text


def test_feedback_is_kept_of_ones_own_answers_only(app: Any) -> None:
    client = logged_in(app)
    conversation = conversation_of(client.get("/copilot").text)
    part = client.post("/copilot/ask", data={"question": "revenue", "conversation_id": conversation})
    page = client.get(part.headers["location"]).text
    address = re.search(r'action="(/copilot/[0-9a-f]{32}/feedback)"', page)
    assert address
    sent = {"value": "useful", "conversation_id": conversation}
    assert logged_in(app, "viewer").post(address[1], data=sent).status_code == 404
    assert client.post(address[1], data=sent).status_code == 303
    assert "Thank you." in client.get(part.headers["location"]).text


def test_a_label_manager_gets_the_figures_of_the_label(app: Any) -> None:
    client = logged_in(app, "viewer", "L1")
    conversation = conversation_of(client.get("/copilot").text)
    asked = client.post("/copilot/ask", data={"question": "revenue by label", "conversation_id": conversation})
    page = client.get(asked.headers["location"]).text
    assert "80.00 EUR" in page
    assert "Second Label" not in page


def test_the_api_answers_streams_and_refuses(app: Any) -> None:
    client = logged_in(app)
    units = sum(one[4] for one in serving_lake.LINES)
    answer = client.post("/v1/copilot/ask", json={"question": "net units"}).json()
    assert answer["facts"][0]["value"] == units
    assert answer["facts"][0]["published_state"] == answer["published_state"]
    again = client.post("/v1/copilot/run", json={"plan": answer["plan"]}).json()
    assert again["facts"] == answer["facts"]
    follow = {"question": "and for jazz", "previous": answer["plan"]}
    assert client.post("/v1/copilot/ask", json=follow).json()["facts"][0]["conditions"] == {"genre": ["jazz"]}
    refused = client.post("/v1/copilot/ask", json={"question": "delete everything"}).json()
    assert refused["refusal"]["reason"] == "forbidden"
    streamed = client.post("/v1/copilot/stream", json={"question": "net units"})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    events = re.findall(r"event: (\w+)\ndata: (.+)\n\n", streamed.text)
    assert [name for name, _ in events] == ["plan", "fact", "answer"]
    assert json.loads(events[2][1])["facts"][0]["value"] == units
    assert client.post("/v1/copilot/run", json={"plan": {"kind": "tool", "tool": "shell"}}).status_code == 422


def test_an_action_is_shown_with_a_button_that_works_once(app: Any, lake: Lake) -> None:
    client, before = logged_in(app, "planner"), lake.published()
    conversation = conversation_of(client.get("/copilot").text)
    question = "override the forecast of R1 to 500 units over 30 days because <b>TV</b>"
    asked = client.post("/copilot/ask", data={"question": question, "conversation_id": conversation})
    page = client.get(asked.headers["location"]).text
    assert "beside it will stand 500 units" in page
    assert "why: &lt;b&gt;TV&lt;/b&gt;" in page
    found = re.search(r'name="confirmation" value="([^"]+)"', page)
    assert found
    assert lake.published() == before
    sent = {"confirmation": found[1], "conversation_id": conversation}
    assert logged_in(app, "viewer").post("/copilot/confirm", data=sent).status_code == 409
    assert client.post("/copilot/confirm", data=sent).status_code == 303
    assert "500 units stand beside the forecast of R1" in client.get(asked.headers["location"]).text
    assert client.post("/copilot/confirm", data=sent).status_code == 409
    assert lake.published() != before
