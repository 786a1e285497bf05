"""Attacks of the OWASP API top 10 beside those of test_attacks.py: objects of others, functions, requests of ours."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages
from tests.openapi_requests import operations
from tests.serving_clients import logged_in
from tests.unit.web.test_attacks import FOREIGN, key_client
from tests.web_server import WebServer, web_server

pytestmark = pytest.mark.heavy
EVERYTHING = "read,export,feedback,overrides,alerts,tags,prices,landing,generate,admin"
# What a key that may only read can send: questions, its own views of the catalogue, and its own mails.
QUESTIONS = {
    *("/v1/forecast/predict", "/v1/forecast/live", "/v1/metrics/query", "/v1/graphql", "/v1/views"),
    *("/v1/views/{view_id}", "/v1/ask", "/v1/ask/{conversation_id}/feedback"),
}


@pytest.fixture
def inside() -> Iterator[WebServer]:
    """A server that only this machine reaches, as an attacker would like to have asked."""
    with web_server() as server:
        server.on("/secret", b"inside")
        yield server


def test_no_field_makes_the_server_ask_an_address(app: Any, inside: WebServer) -> None:
    need_packages("strawberry", "metricflow", target="serve-tools")
    client, document = key_client(app, EVERYTHING, None), app.openapi()
    address, sent = f"{inside.url}/secret", 0
    for one in operations(document):
        path = one.path
        for parameter in one.parameters:
            path = path.replace(f"{{{parameter['name']}}}", quote(address, safe=""))
        query = {parameter["name"]: address for parameter in one.parameters if parameter["in"] == "query"}
        headers = {"X-Forwarded-Host": inside.url, "Referer": address, "Content-Type": "application/json"}
        body = json.dumps(filled(one.body or {}, document, address))
        answer = client.request(one.method, path, params=query, headers=headers, content=body)
        assert answer.status_code < 500 or answer.status_code == 503, (one.method, path, answer.text)
        sent += 1
    assert sent > 60
    assert inside.asked == []


def filled(schema: dict[str, Any], document: dict[str, Any], text: str, depth: int = 0) -> Any:
    """A value of a schema in which each text is the given one."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        return filled(schema, document, text, depth)
    kind = schema.get("type")
    if kind == "object" and depth < 5:
        return {name: filled(one, document, text, depth + 1) for name, one in schema.get("properties", {}).items()}
    if kind == "array" and depth < 5:
        return [filled(schema.get("items", {}), document, text, depth + 1)]
    return (
        schema["enum"][0] if "enum" in schema else {"integer": 1, "number": 1.0, "boolean": True}.get(str(kind), text)
    )


@pytest.mark.parametrize("body", [5, "x", [1], {"query": 5}, {"query": "{a}", "variables": "x"}, {"operationName": []}])
def test_what_is_no_request_of_graphql_is_refused(app: Any, body: Any) -> None:
    need_packages("strawberry", "metricflow", target="serve-tools")
    assert key_client(app, "read", None).post("/v1/graphql", json=body).status_code == 400


def test_a_key_that_may_only_read_reaches_no_function_that_changes(app: Any) -> None:
    client, document = key_client(app, "read", None), app.openapi()
    tried = []
    for one in operations(document):
        if one.method == "GET" or one.path in QUESTIONS or one.path.startswith("/v1/webhooks/"):
            continue
        path = one.path
        for parameter in one.parameters:
            path = path.replace(f"{{{parameter['name']}}}", "a" * 64)
        answer = client.request(one.method, path, json=filled(one.body or {}, document, "R1"))
        tried.append((one.method, one.path, answer.status_code))
    assert len(tried) > 20
    assert [one for one in tried if one[2] < 400 or one[2] >= 500] == []


def test_nobody_removes_what_another_has_kept(app: Any) -> None:
    mine, other = logged_in(app, "planner"), logged_in(app, "analyst")
    kept = mine.post("/v1/views", json={"name": "mine", "filters": {"q": "blue"}})
    assert kept.status_code == 201, kept.text
    (view,) = mine.get("/v1/views").json()
    assert other.get("/v1/views").json() == []
    assert other.delete(f"/v1/views/{view['view_id']}").status_code == 404
    assert mine.get("/v1/views").json() == [view]


def test_the_live_inbox_of_a_label_holds_its_own_alerts(app: Any, lake: Lake) -> None:
    from serving.api.services import COOKIE
    from serving.web.routes.sections import alerts_now

    columns = {"alert_id": ["a1", "a3"], "release_id": ["R1", "R3"], "priority": ["high"] * 2, "state": ["open"] * 2}
    more = {"message": ["runs out", "Second Label runs out"], "next_step": ["order"] * 2, "stake": [1.0, 2.0]}
    serving_lake.republish(lake, "gold/alerts", pa.table(columns | more))
    app.state.services.publications.refresh()
    own, whole = logged_in(app, "planner", "L1"), logged_in(app, "planner")
    shown = alerts_now(app.state.services, own.cookies[COOKIE]) or ""
    assert "act-a1" in shown
    assert not [one for one in ("act-a3", *FOREIGN) if one in shown]
    assert "act-a3" in (alerts_now(app.state.services, whole.cookies[COOKIE]) or "")
    assert alerts_now(app.state.services, "no session") is None
