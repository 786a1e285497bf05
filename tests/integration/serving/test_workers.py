"""Three workers share a port without sticky sessions: what one of them writes, the subscribers of all of them see."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.servers.java import free_ports
from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages

pytestmark = pytest.mark.heavy
CHECKOUT = Path(__file__).resolve().parents[3]
BROWSERS = 20
SUBSCRIBE = {"query": "subscription { publication(first: 2) { number } }"}


def planted(root: Path) -> Lake:
    """A lake with an open alert."""
    from datetime import date

    from lake.journals.alerts import note_events
    from resources.alerting import write_alerts

    lake = serving_lake.build(root)
    event: dict[str, Any] = {"event_id": "e1", "seq": 1, "alert_id": "a1", "release_id": "R1", "event": "opened"}
    event |= {"cause": "stock", "type": "stock", "ds": date(2026, 1, 31), "who": "rules", "why": "rule", "stake": 9.0}
    event |= {"rule": "stock_out", "priority": "high", "urgency": 0.5, "rule_version": 1, "message": "runs out"}
    note_events(lake, [event | {"next_step": "order now", "until": None, "condition": None}])
    lake.publish(write_alerts(lake), "alerts")
    return lake


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, str]]:
    """A server of three workers, its address, and a key that may act on alerts."""
    need_packages("fastapi", "strawberry", "uvicorn", "argon2", target="serve-tools")
    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.api.services import Services

    services = Services.of(Settings(lake=planted(tmp_path / "lake").root))
    key = create_key(services.database, services.hasher, "test", ["read", "alerts"], None, "test")[1]
    services.close()
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "serving.cli", "serve", "--lake", str(tmp_path / "lake"), "--only", "api"]
    command += ["--port", str(port), "--workers", "3"]
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "LACQUER_RATE_LIMIT": "100000/minute"}
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}"), process)
        yield process, f"http://127.0.0.1:{port}", key
    finally:
        process.terminate()
        process.wait(60)


def answers(place: str) -> bool:
    try:
        return httpx.get(f"{place}/v1/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def wait_until(holds: Any, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        assert process.poll() is None, "the server has ended"
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("waited for two minutes")


def workers(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that serve."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    named = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in children}
    return [one for one, command in named.items() if b"spawn_main" in command]


def events(place: str, key: str, is_open: threading.Barrier) -> list[int]:
    """The numbers of the published states that a subscriber is told of: the one at the start, and the next."""
    headers = {"X-API-Key": key, "Accept": "text/event-stream"}
    found: list[int] = []
    with httpx.stream("POST", f"{place}/v1/graphql", json=SUBSCRIBE, headers=headers, timeout=120) as answer:
        for line in answer.iter_lines():
            content = line.removeprefix("data:").strip()
            if line.startswith("data:") and content:
                found.append(json.loads(content)["data"]["publication"]["number"])
                if len(found) == 1:
                    is_open.wait(120)
    return found


def test_an_acknowledgement_reaches_the_subscribers_of_every_worker(
    server: tuple[subprocess.Popen[bytes], str, str],
) -> None:
    process, place, key = server
    assert len(workers(process)) == 3
    is_open = threading.Barrier(BROWSERS + 1)
    with ThreadPoolExecutor(BROWSERS) as pool:
        told = [pool.submit(events, place, key, is_open) for _ in range(BROWSERS)]
        is_open.wait(120)
        began, body = time.monotonic(), {"action": "acknowledge", "why": "ordered 300"}
        done = httpx.post(f"{place}/v1/triggers/alerts/a1/actions", json=body, headers={"X-API-Key": key}, timeout=60)
        assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
        numbers = [one.result(120) for one in told]
    print(f"the last of {BROWSERS} subscribers saw it {time.monotonic() - began:.2f} s after it was asked for")
    assert {len(one) for one in numbers} == {2}
    assert all(after > before for before, after in numbers)
    # Each request is a connection of its own, so any worker may answer it.
    for _ in range(12):
        listed = httpx.get(f"{place}/v1/triggers/alerts", params={"state": ""}, headers={"X-API-Key": key}, timeout=60)
        assert [one["state"] for one in listed.json()] == ["acknowledged"]


def test_a_killed_worker_is_replaced_and_the_others_go_on(server: tuple[subprocess.Popen[bytes], str, str]) -> None:
    process, place, key = server
    before = workers(process)
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(set(workers(process)) - {before[0]}) == 3, process)
    assert set(before[1:]) <= set(workers(process))
    wait_until(lambda: answers(place), process)
    assert httpx.get(f"{place}/v1/releases", headers={"X-API-Key": key}, timeout=60).status_code == 200


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
