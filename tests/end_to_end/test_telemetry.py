"""One API request that starts a run is one trace: the request, the run, and a span per step, models included."""

import json
import os
from pathlib import Path

import pytest

from tests.collector import attributes, collector
from tests.end_to_end.commands import environment, lacquer
from tests.needs import need_packages

pytestmark = pytest.mark.heavy
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
MODELS = ("forecasts", "models/buyer_propensity")


@pytest.mark.timeout(900)
def test_a_request_that_starts_a_run_is_one_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_packages("fastapi", "sse_starlette", "opentelemetry.exporter", target="serve-tools")
    from fastapi.testclient import TestClient

    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.server import create_server

    lake = tmp_path / "lake"
    landed = lacquer(lake, "demo", "--order-lines", "10000")
    assert landed.returncode == 0, landed.stderr
    with collector() as receiver:
        settings = {"LACQUER_TELEMETRY_ENDPOINT": receiver.endpoint, "LACQUER_LOG_FORMAT": "json"}
        for name, value in environment(lake, **settings).items():
            if os.environ.get(name) != value:
                monkeypatch.setenv(name, value)
        app = create_server(Settings(lake=lake))
        services = app.state.services
        key = create_key(services.database, services.hasher, "scheduler", ["read", "runs"], None, "test")[1]
        headers = {"X-API-Key": key, "traceparent": f"00-{TRACE}-{PARENT}-01"}
        with TestClient(app, headers=headers) as client:
            begun = client.post("/v1/jobs", json={"kind": "run"})
            assert begun.status_code == 202, begun.text
            address = f"/v1/jobs/{begun.json()['job_id']}"
            client.get(f"{address}/events")  # ends with the job
            assert client.get(address).json()["status"] == "done"
    spans = {span.name: span for _, span in receiver.spans}
    request, run = spans["POST /v1/jobs"], spans["run"]
    assert {span.trace_id.hex() for _, span in receiver.spans} == {TRACE}
    assert request.parent_span_id.hex() == PARENT
    assert run.parent_span_id == request.span_id
    steps = {span.name: span for _, span in receiver.spans if span.parent_span_id == run.span_id}
    assert {"bronze/erp_changes", "silver/order_lines", "gold_core", *MODELS, "lake/published"} <= steps.keys()
    assert {service for service, span in receiver.spans if span.name in steps} == {"lacquer-run"}
    assert all(run.start_time_unix_nano <= one.start_time_unix_nano for one in steps.values())
    assert all(one.end_time_unix_nano <= run.end_time_unix_nano for one in steps.values())
    (log,) = (lake / "jobs").glob("*.log")
    objects = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = [one for one in objects if one["message"] == "run"]
    assert (line["status"], line["trace_id"]) == ("success", TRACE)
    assert line["run_id"] == attributes(run)["lacquer.run_id"]
