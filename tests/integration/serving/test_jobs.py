"""Work started from the server: followed while it runs, its end on record; one at a time changes a lake."""

import datetime as dt
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import serving_lake
from tests.needs import need_packages
from tests.serving_clients import logged_in

pytestmark = pytest.mark.heavy


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    need_packages("fastapi", "sse_starlette", "django_htmx", target="serve-tools")
    from resources.settings import Settings
    from serving.server import create_server

    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    made = create_server(Settings(lake=serving_lake.build(tmp_path / "lake").root))
    yield made
    made.state.services.close()


def caller(app: Any, may: str, labels: str | None = None) -> Any:
    from fastapi.testclient import TestClient

    from serving.accounts.keys import create_key

    services, scope = app.state.services, None if labels is None else frozenset(labels.split(","))
    key = create_key(services.database, services.hasher, "planner's system", may.split(","), scope, "test")[1]
    return TestClient(app, headers={"X-API-Key": key})


def events_of(text: str) -> list[dict[str, str]]:
    """The events of a stream: id, event and data."""
    blocks = text.replace("\r\n", "\n").strip().split("\n\n")
    return [
        dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        for block in blocks
        if "event: " in block
    ]


def test_a_job_is_followed_to_its_end_and_again_from_a_place(app: Any) -> None:
    client = caller(app, "runs,read")
    begun = client.post("/v1/jobs", json={"kind": "report"})
    assert begun.status_code == 202, begun.text
    address = f"/v1/jobs/{begun.json()['job_id']}"
    stream = client.get(f"{address}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    events = events_of(stream.text)
    output = " ".join(json.loads(one["data"])["text"] for one in events if one["event"] == "line")
    assert "nothing is planned in" in output  # the command's own words: this lake has no forecast's page
    assert (events[-1]["event"], json.loads(events[-1]["data"])) == ("end", {"status": "failed"})
    again = events_of(client.get(f"{address}/events", headers={"Last-Event-ID": events[0]["id"]}).text)
    assert again == events[1:]
    assert client.get(address).json()["status"] == "failed"
    assert client.get("/v1/jobs").json()[0]["started_by"] == "planner's system"


def test_a_run_lands_builds_and_publishes_nothing_without_input(app: Any) -> None:
    client = caller(app, "runs,read")
    address = f"/v1/jobs/{client.post('/v1/jobs', json={'kind': 'run'}).json()['job_id']}"
    assert "nothing has landed" in client.get(f"{address}/events").text


def test_one_job_at_a_time_changes_the_lake_and_a_killed_one_blocks_nobody(app: Any) -> None:
    from sqlalchemy import insert, update

    from serving.accounts.tables import table
    from serving.runs.execution import this_process

    client, database, rows = caller(app, "runs,read"), app.state.services.database, table("jobs")
    other = {"job_id": "0" * 16, "kind": "run", "started_by": "x", "started_at": dt.datetime.now(dt.UTC)}
    with database.write() as con:
        con.execute(insert(rows).values(**other, status="running", holds="lake", process=this_process()))
    assert client.post("/v1/jobs", json={"kind": "run"}).status_code == 409
    assert client.post("/v1/jobs", json={"kind": "report"}).status_code == 202
    with database.write() as con:
        con.execute(update(rows).where(rows.c.job_id == "0" * 16).values(process=f"{os.getpid()}:another start"))
    assert client.get(f"/v1/jobs/{'0' * 16}").json()["status"] == "failed"
    assert client.post("/v1/jobs", json={"kind": "run"}).status_code == 202


def test_who_may_not_run_or_sees_some_labels_starts_nothing(app: Any) -> None:
    for may, labels in (("read,export", None), ("read,runs", "L1")):
        client = caller(app, may, labels)
        assert client.post("/v1/jobs", json={"kind": "run"}).status_code == 403
        assert client.get("/v1/jobs").status_code == 403
    assert caller(app, "runs,read").post("/v1/jobs", json={"kind": "audio"}).status_code == 409
    assert caller(app, "runs,read").post("/v1/jobs", json={"kind": "rm -rf"}).status_code == 422
    assert logged_in(app, "planner").get("/jobs").status_code == 403


def test_the_page_follows_a_job_and_shows_it_afterwards(app: Any) -> None:
    analyst = logged_in(app, "analyst")
    place = analyst.post("/jobs", data={"kind": "report"}).headers["location"]
    stream = analyst.get(f"{place}/events").text
    assert "<li>" in stream
    assert "nothing is planned" in stream
    for _ in range(50):
        page = analyst.get(place).text
        if "sse-connect" not in page:
            break
        time.sleep(0.1)
    assert "nothing is planned" in page
    assert "Failed" in analyst.get("/jobs").text
