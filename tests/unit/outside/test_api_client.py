"""The one client of documented interfaces against a server that misbehaves: tokens, pages, quotas, half answers."""

import datetime as dt
import json
import time
from socket import socket
from typing import Any

import pytest

from tests.unit.outside.conftest import Outside
from tests.web_server import Answer, Asked, WebServer

JSON = {"Content-Type": "application/json"}
SECRET = "s3cret-of-reddit"


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(json.dumps(body).encode(), status, {**JSON, **(headers or {})})


def token(name: str, expires_in: int = 3600) -> Answer:
    return answer({"access_token": name, "token_type": "bearer", "expires_in": expires_in})


def post(number: str, created: float, text: str = "Great pressing.") -> dict[str, Any]:
    data = {"id": number, "title": "First Cut", "selftext": text, "created_utc": created, "subreddit": "vinyl"}
    return {"kind": "t3", "data": {**data, "author": "jane_doe", "author_fullname": "t2_1", "score": 3}}


def listing(*posts: dict[str, Any], after: str | None = None, **headers: str) -> Answer:
    return answer({"kind": "Listing", "data": {"after": after, "children": list(posts)}}, headers=headers)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDDIT_SECRET", SECRET)


def configure(outside: Outside, server: WebServer, *queries: str) -> None:
    named = [{"release": f"R{number}", "query": query} for number, query in enumerate(queries or ("cut",), start=1)]
    outside.configure(
        {
            "name": "reddit",
            "type": "reddit",
            "client_id": "app",
            "client_secret": "${REDDIT_SECRET}",
            "queries": named,
            "url": server.url,
            "token_url": f"{server.url}/token",
        }
    )


def half_a_body(connection: socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"kind": ')


def test_a_token_that_the_server_no_longer_takes_is_renewed_and_the_request_repeated(
    outside: Outside, server: WebServer
) -> None:
    configure(outside, server)
    server.on("/token", token("first"), token("second"))

    def search(asked: Asked) -> Answer:
        is_good = asked.headers["authorization"] == "Bearer second"
        return listing(post("a", 1773100000)) if is_good else answer({"error": 401}, 401)

    server.on("/search", search)
    report = outside.fetch()["reddit"]
    assert (report.events, report.faults) == (1, [])
    assert [one.path for one in server.asked] == ["/token", "/search", "/token", "/search"]
    form = server.asked[0]
    assert (form.method, form.body) == ("POST", b"grant_type=client_credentials")
    assert form.headers["authorization"] == "Basic YXBwOnMzY3JldC1vZi1yZWRkaXQ="  # app:s3cret-of-reddit


def test_a_token_is_renewed_before_it_ends_and_asked_for_once_until_then(outside: Outside, server: WebServer) -> None:
    configure(outside, server, "one", "two", "three")
    server.on("/token", token("short", 62), token("long"))
    server.on("/search", listing())
    outside.fetch()  # a second lies between two requests, and a token of 62 s counts for two
    used = [one.headers["authorization"] for one in server.asked_for("/search")]
    assert used == ["Bearer short", "Bearer short", "Bearer long"]


def test_keys_that_are_refused_twice_are_a_fault_that_shows_no_secret(outside: Outside, server: WebServer) -> None:
    configure(outside, server)
    server.on("/token", token("t0ken-that-is-bad"))
    server.on("/search", answer({"message": "t0ken-that-is-bad is no good"}, 401))
    (fault,) = outside.fetch()["reddit"].faults
    assert "401 Unauthorized" in fault
    assert "the key or its rights are wrong" in fault
    assert "t0ken" not in fault
    server.on("/token", answer({"error": "invalid_client", "error_description": SECRET}, 401))
    (fault,) = outside.fetch()["reddit"].faults
    assert "/token: 401 Unauthorized" in fault
    assert SECRET not in fault


def test_retry_after_and_the_quota_header_are_kept(outside: Outside, server: WebServer) -> None:
    configure(outside, server)
    server.on("/token", token("t0ken-of-one-hour"))
    renewed = {"x-ratelimit-reset": "40"}
    server.on(
        "/search",
        answer({}, 429, {"Retry-After": "17"}),
        answer({}, 429, renewed),
        answer({}, 500),
        listing(post("a", 1773100000)),
    )
    assert outside.fetch()["reddit"].events == 1
    waited = [second for second in outside.slept if second > 5]
    assert [int(second) for second in waited] == [17, 40]


def test_when_nothing_is_left_the_next_request_waits_or_the_host_is_left_alone(
    outside: Outside, server: WebServer
) -> None:
    configure(outside, server, "one", "two")
    server.on("/token", token("t0ken-of-one-hour"))
    spent = {"x-ratelimit-remaining": "0.0"}
    server.on("/search", listing(**spent, **{"x-ratelimit-reset": "90"}), listing())
    outside.fetch()
    assert 90 in outside.slept
    far = str(int(time.time()) + 800)  # a moment, as X states it
    server.on("/search", listing(**spent, **{"x-ratelimit-reset": far}))
    report = outside.fetch()["reddit"]
    assert report.items == 1
    assert "left alone for" in report.faults[0]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Answer(raw=half_a_body), "4 attempts: RemoteProtocolError: peer closed"),
        (answer({}, 500), "4 attempts: 500"),
        (answer({"kind": "Listing", "data": {"children": []}}), "data.after: Field required"),
        (answer({"kind": "Listing", "data": {"children": [{"data": {"id": 7}}], "after": None}}), "children.0.data.id"),
        (Answer(b"<html>sign in</html>", headers={"Content-Type": "text/html"}), "no JSON (text/html"),
        (answer({"kind": "Listing", "data": {"children": [post("a", float("inf"))], "after": None}}), "no JSON number"),
        (listing(post("a", 1), after="t3_a"), "leads to a page that has been read"),
    ],
)
def test_an_answer_that_is_not_as_documented_lands_nothing_and_leaves_the_next_item(
    bad: Answer, said: str, outside: Outside, server: WebServer
) -> None:
    configure(outside, server, "bad", "good")
    server.on("/token", token("t0ken-of-one-hour"))
    server.on("/search", lambda asked: bad if asked.query["q"] == "bad" else listing(post("g", 1773100000)))
    report = outside.fetch()["reddit"]
    assert said in report.faults[0]
    assert [one["entity_id"] for one in outside.events()] == ["R2"]


def test_pages_are_turned_and_only_what_is_new_lands(outside: Outside, server: WebServer) -> None:
    configure(outside, server)
    server.on("/token", token("t0ken-of-one-hour"))
    old, new = post("b", 1773100000.0), post("c", 1773100200.0, "")
    server.on("/search", listing(old, after="t3_b"), listing(post("a", 1773100100.0)), listing(new, old))
    assert [outside.fetch()["reddit"].events for _ in range(3)] == [2, 1, 0]
    assert server.asked_for("/search")[1].query["after"] == "t3_b"
    events = outside.events()
    assert [one["event_id"] for one in events] == [f"reddit:mention:release:R1:{number}" for number in "abc"]
    assert [(one["kind"], one["value"], one["text"]) for one in events[1:]] == [
        ("mention", 1, "Great pressing."),
        ("mention", 1, "First Cut"),
    ]
    assert events[0]["occurred_at"] == dt.datetime.fromtimestamp(1773100100, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert events[0]["raw"]["subreddit"] == "vinyl"


def test_neither_secrets_nor_who_wrote_it_is_written(outside: Outside, server: WebServer) -> None:
    configure(outside, server)
    server.on("/token", token("t0ken-t0ken"))
    server.on("/search", listing(post("a", 1773100000)))
    outside.fetch()
    written = b"".join(path.read_bytes() for path in (outside.root / "lake").rglob("*") if path.is_file())
    assert b"vinyl" in written
    assert [word for word in (b"t0ken", SECRET.encode(), b"jane_doe", b"t2_1") if word in written] == []


def test_a_secret_in_the_file_itself_is_refused(outside: Outside, server: WebServer) -> None:
    configure(outside, server)
    text = (outside.root / "sources.yaml").read_text().replace("${REDDIT_SECRET}", SECRET)
    (outside.root / "sources.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"`client_secret` has to name a variable"):
        outside.fetch()
