"""Subscriptions: publications and alerts as they come, in the subscriber's scope, for as long as they may read."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages

pytestmark = pytest.mark.heavy
ALERTS = "subscription {{ alerts(first: {0}) {{ alertId releaseId state stake }} }}"
Subscribe = Callable[..., Any]


def alerts(*rows: tuple[str, str, str]) -> pa.Table:
    """A table of alerts: number, release, state."""
    names = ("alert_id", "release_id", "state")
    more = {"priority": "high", "message": "runs out", "next_step": "order", "stake": 12.5, "rank": 1}
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) | more for row in rows])


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = serving_lake.build(tmp_path / "lake")
    serving_lake.republish(made, "gold/alerts", alerts(("a1", "R1", "open")))
    return made


@pytest.fixture
def app(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    need_packages("fastapi", "strawberry", "limits", target="serve-tools")
    from resources.settings import Settings
    from serving.server import create_server

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    made = create_server(Settings(lake=lake.root), "api")
    made.state.services.publications.start()
    yield made
    made.state.services.close()


@pytest.fixture
def subscribe(app: Any) -> Iterator[Subscribe]:
    """Begin a subscription with a new key that may read; a future of its events, and the key's number."""
    from fastapi.testclient import TestClient

    from serving.accounts.keys import create_key

    services = app.state.services
    with ThreadPoolExecutor() as pool:

        def begin(query: str, labels: str | None = None, may: str = "read") -> tuple[Any, str]:
            scope = None if labels is None else frozenset(labels.split(","))
            key_id, key = create_key(services.database, services.hasher, "k", may.split(","), scope, "test")
            client = TestClient(app, headers={"X-API-Key": key, "Accept": "text/event-stream"})
            return pool.submit(lambda: events(client.post("/v1/graphql", json={"query": query}))), key_id

        yield begin


def events(answer: Any) -> list[Any]:
    """The data of each event of a stream, or its errors."""
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    lines = [line.removeprefix("data:").strip() for line in answer.text.splitlines() if line.startswith("data:")]
    found = [json.loads(line) for line in lines if line]
    return [one.get("data") or one["errors"] for one in found]


def change_until(lake: Lake, futures: list[Any], states: tuple[str, str] = ("acknowledged", "open")) -> None:
    """Publish alerts of both labels, in one state after the other, until every subscription has its events."""
    for turn in range(60):
        if wait(futures, timeout=1.0).not_done == set():
            return
        state = states[turn % 2]
        serving_lake.republish(lake, "gold/alerts", alerts(("a1", "R1", state), ("a3", "R3", state)))
    raise AssertionError("the subscriptions have not got their events")


def test_a_change_of_an_alert_reaches_those_who_see_its_release(lake: Lake, subscribe: Subscribe) -> None:
    own, _ = subscribe(ALERTS.format(2), "L1")
    whole, _ = subscribe(ALERTS.format(3))
    change_until(lake, [own, whole])
    told = [one["alerts"] for one in own.result()]
    assert [one["alertId"] for one in told] == ["a1", "a1"]
    assert {one["state"] for one in told} == {"acknowledged", "open"}  # each event is a change
    assert {one["alerts"]["releaseId"] for one in whole.result()} == {"R1", "R3"}
    assert all(one["stake"] == 12.5 for one in told)


def test_publications_come_one_after_the_other(lake: Lake, subscribe: Subscribe) -> None:
    future, _ = subscribe("subscription { publication(first: 3) { number publishedAt } }")
    change_until(lake, [future])
    numbers = [one["publication"]["number"] for one in future.result()]
    assert len(numbers) == 3
    assert numbers == sorted(set(numbers))


def test_a_subscription_ends_when_its_key_is_revoked(app: Any, subscribe: Subscribe) -> None:
    from serving.accounts.keys import revoke_key

    services = app.state.services
    future, key_id = subscribe("subscription { publication { number } }")
    for _ in range(600):  # until the request is let in
        if services.limiter.get_window_stats(services.rate, f"key:{key_id}").remaining < services.rate.amount:
            break
        assert wait([future], timeout=0.05).done == set()
    revoke_key(services.database, key_id, "test")
    assert len(future.result(60)) <= 1


def test_the_output_of_a_job_is_followed_by_who_may_run(app: Any, subscribe: Subscribe) -> None:
    from datetime import UTC, datetime

    from sqlalchemy import insert

    from serving.accounts.tables import table
    from serving.jobs.work import log_of

    services, now = app.state.services, datetime.now(UTC)
    row = {"job_id": "j1", "kind": "report", "started_by": "test", "started_at": now, "status": "done", "ended_at": now}
    with services.database.write() as con:
        con.execute(insert(table("jobs")).values(**row))
    log = log_of(services.lake, "j1")
    log.parent.mkdir(exist_ok=True)
    log.write_text("first\nsecond\n")
    query = 'subscription {{ job(jobId: "{0}") {{ place name text }} }}'
    told = [one["job"] for one in subscribe(query.format("j1"), may="read,runs")[0].result(60)]
    assert [(one["name"], one["text"]) for one in told] == [("line", "first"), ("line", "second"), ("end", "done")]
    assert [one["place"] for one in told] == [6, 13, 13]
    assert "permission 'runs'" in str(subscribe(query.format("j1"))[0].result(60))
    assert "no job 'j2'" in str(subscribe(query.format("j2"), may="read,runs")[0].result(60))


def test_what_cannot_be_followed_is_refused(subscribe: Subscribe) -> None:
    future, _ = subscribe("subscription { nothing }")
    assert "Cannot query field" in str(future.result(60))
