"""Three workers share a port without sticky sessions: what one of them writes, the browsers of all of them see."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import serving_lake
from tests.needs import need_packages
from tests.serving_clients import PASSWORD
from tests.worker_server import WorkerServer, served_by_workers

pytestmark = pytest.mark.heavy
BROWSERS = 20
PROGRAMS = 5
WRITERS = 12
SUBSCRIBE = {"query": "subscription { publication(first: 2) { number } }"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerServer]:
    with served_by_workers(tmp_path_factory.mktemp("workers") / "lake", alerts=1 + WRITERS) as started:
        yield started


def subscriber(server: WorkerServer, is_open: threading.Barrier) -> bool:
    """A program that follows publications: whether it is told of one more than the one at the start."""
    headers = {"X-API-Key": server.key, "Accept": "text/event-stream"}
    found: list[int] = []
    with httpx.stream("POST", f"{server.place}/v1/graphql", json=SUBSCRIBE, headers=headers, timeout=120) as answer:
        for line in answer.iter_lines():
            content = line.removeprefix("data:").strip()
            if line.startswith("data:") and content:
                found.append(json.loads(content)["data"]["publication"]["number"])
                if len(found) == 1:
                    is_open.wait(120)
    return len(found) == 2 and found[1] > found[0]


def inbox(server: WorkerServer, is_open: threading.Barrier) -> bool:
    """A browser with the inbox open: whether its table comes to say that an alert is acknowledged."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=server.place, headers=headers, timeout=120) as browser:
        assert browser.post("/login", data={"name": "ana", "password": PASSWORD}).status_code == 303
        page = browser.get("/sections/alerts").text
        assert "acknowledged" not in page
        events = page.partition('sse-connect="')[2].partition('"')[0]
        with browser.stream("GET", events) as answer:
            is_open.wait(120)
            return any("acknowledged" in line for line in answer.iter_lines())


def test_an_acknowledgement_reaches_the_browsers_of_every_worker(server: WorkerServer) -> None:
    assert len(server.workers) == 3
    is_open = threading.Barrier(BROWSERS + PROGRAMS + 1)
    with ThreadPoolExecutor(BROWSERS + PROGRAMS) as pool:
        told = [pool.submit(inbox, server, is_open) for _ in range(BROWSERS)]
        told += [pool.submit(subscriber, server, is_open) for _ in range(PROGRAMS)]
        is_open.wait(120)
        began, headers = time.monotonic(), {"X-API-Key": server.key}
        body = {"action": "acknowledge", "why": "ordered 300"}
        done = httpx.post(f"{server.place}/v1/triggers/alerts/a1/actions", json=body, headers=headers, timeout=60)
        assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
        answered = time.monotonic() - began
        assert [one.result(120) for one in told] == [True] * (BROWSERS + PROGRAMS)
        print(f"answered after {answered:.2f} s, seen by all after {time.monotonic() - began:.2f} s")
    # Each request is a connection of its own, so any worker may answer it.
    assert [acknowledged(server) for _ in range(12)] == [{"a1"}] * 12


def acknowledged(server: WorkerServer) -> set[str]:
    """The alerts that are acknowledged, as one of the workers says."""
    path, headers = f"{server.place}/v1/triggers/alerts", {"X-API-Key": server.key}
    listed = httpx.get(path, params={"state": "acknowledged"}, headers=headers, timeout=60)
    return {one["alert_id"] for one in listed.json()}


def test_metrics_of_any_worker_are_those_of_all(server: WorkerServer) -> None:
    headers = {"X-API-Key": server.key}
    before = requested(server)
    for _ in range(30):
        assert httpx.get(f"{server.place}/v1/stock", headers=headers, timeout=60).status_code == 200
    server.wait_until(lambda: requested(server) == before + 30)  # a request is counted after it is answered
    assert [requested(server) for _ in range(9)] == [before + 30] * 9


def requested(server: WorkerServer) -> int:
    """How often `/v1/stock` was asked, as a scrape of one of the workers says."""
    text = httpx.get(f"{server.place}/v1/metrics", headers={"X-API-Key": server.key}, timeout=60).text
    lines = [line for line in text.splitlines() if line.startswith("lacquer_http_requests_total{")]
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines if 'route="/v1/stock"' in line))


def test_a_hundred_uploads_at_once_all_end_in_a_state(server: WorkerServer) -> None:
    headers = {"X-API-Key": server.key}

    def upload(number: int) -> str:
        content = b"fLaC" + number.to_bytes(4, "big") * 4096
        name = {"name": f"song-{number}.flac"}
        told = httpx.post(f"{server.place}/v1/audio/files", params=name, content=content, headers=headers, timeout=120)
        assert told.status_code in (200, 201, 202), told.text
        return str(told.json()["file_id"])

    with ThreadPoolExecutor(100) as pool:
        files = list(pool.map(upload, range(100)))
    assert len(set(files)) == 100
    told = [httpx.get(f"{server.place}/v1/audio/files/{one}", headers=headers, timeout=60).json() for one in files]
    assert Counter(one["state"] for one in told) == {"waiting": 100}


def write_through(server: WorkerServer, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    """A client that sends the same request with its key until it is answered, whoever dies meanwhile."""
    headers, answer = {"X-API-Key": server.key, "Idempotency-Key": key}, {}

    def is_done() -> bool:
        try:
            told = httpx.post(f"{server.place}{path}", json=body, headers=headers, timeout=60)
        except httpx.HTTPError:
            return False
        assert told.status_code in (200, 202, 409, 500, 503), told.text
        answer.update(told.json())
        return told.status_code < 300

    server.wait_until(is_done)
    return answer


def test_a_worker_killed_during_writes_loses_and_doubles_nothing(server: WorkerServer) -> None:
    from lake.journals.alerts import read_events

    before, started = server.workers, threading.Barrier(2 * WRITERS + 1)

    def acknowledge(number: int) -> None:
        started.wait(60)
        body = {"action": "acknowledge", "why": f"ordered {number}"}
        write_through(server, f"/v1/triggers/alerts/a{number}/actions", body, f"acknowledge-{number}")

    def report(number: int) -> str:
        started.wait(60)
        body = {"product_id": "R1", "origin": "2026-01-31", "horizon_days": 30, "actual_units": number}
        return str(write_through(server, "/v1/feedback/sales", body, f"feedback-{number}")["feedback_id"])

    with ThreadPoolExecutor(2 * WRITERS) as pool:
        written = [pool.submit(acknowledge, number) for number in range(2, WRITERS + 2)]
        reported = [pool.submit(report, number) for number in range(WRITERS)]
        started.wait(60)
        for victim in before[:2]:
            time.sleep(0.3)  # in the midst of the writes
            os.kill(victim, signal.SIGKILL)
        for one in written:
            one.result(240)
        identities = [one.result(240) for one in reported]
    events = [one for one in read_events(server.lake)[0] if one["event"] == "acknowledged" and one["alert_id"] != "a1"]
    noted = [(one["alert_id"], one["why"]) for one in events]
    assert sorted(noted) == sorted((f"a{n}", f"ordered {n}") for n in range(2, WRITERS + 2))
    # A worker looks for a new publication a few times a second.
    server.wait_until(lambda: acknowledged(server) - {"a1"} == {f"a{n}" for n in range(2, WRITERS + 2)})
    landed: dict[str, set[float]] = {}
    for file in (server.lake.root / "landing" / "feedback").glob("*"):
        for line in file.read_text().splitlines():
            one = json.loads(line)
            landed.setdefault(one["feedback_id"], set()).add(one["actual_units"])
    assert landed == {identity: {float(number)} for number, identity in enumerate(identities)}
    server.wait_until(lambda: len(server.workers) == 3 and not set(before[:2]) & set(server.workers))
    assert before[2] in server.workers
    server.wait_until(server.answers)


@pytest.mark.parametrize(
    ("only", "there", "absent"),
    [
        ("forecast", "/v1/forecast/R1", "/v1/triggers/alerts"),
        ("decision", "/v1/triggers/alerts", "/v1/forecast/R1"),
    ],
)
def test_forecasts_and_decisions_are_services_of_their_own(only: Any, there: str, absent: str, tmp_path: Path) -> None:
    need_packages("fastapi", "argon2", target="serve-tools")
    from fastapi.testclient import TestClient

    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.server import create_server

    app = create_server(Settings(lake=serving_lake.build(tmp_path / "lake").root), only)
    services = app.state.services
    try:
        key = create_key(services.database, services.hasher, "test", ["read"], None, "test")[1]
        client = TestClient(app, headers={"X-API-Key": key}, raise_server_exceptions=False)
        assert [client.get(path).status_code for path in ("/v1/health", there, absent)] == [200, 200, 404]
    finally:
        services.close()
