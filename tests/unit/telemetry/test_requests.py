"""Traces and log lines of requests: ids and routes, and nothing of what was asked for."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.telemetry.logs import JsonFormatter, bound
from serving.telemetry.tracing import Tracing
from tests import serving_lake
from tests.collector import attributes, collector
from tests.needs import need_packages

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What our packages log, as JSON."""
    kept, logger = io.StringIO(), logging.getLogger("serving")
    handler, level = logging.StreamHandler(kept), logger.level
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield kept
    logger.removeHandler(handler)
    logger.setLevel(level)


def client(root: Path, endpoint: str | None) -> Any:
    need_packages("fastapi", "limits", "argon2", "opentelemetry.exporter", target="serve-tools")
    from fastapi.testclient import TestClient

    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.api.app import create_app

    app = create_app(Settings(lake=serving_lake.build(root).root, telemetry_endpoint=endpoint))

    def broken() -> None:
        raise LookupError("no row of Jane Doe")

    app.add_api_route("/v1/broken/{name}", broken)
    services = app.state.services
    key = create_key(services.database, services.hasher, "of Jane Doe", ["read"], None, "test")[1]
    return TestClient(app, headers={"X-API-Key": key}, raise_server_exceptions=False)


def test_a_request_continues_its_callers_trace(tmp_path: Path) -> None:
    with collector() as receiver:
        with client(tmp_path, receiver.endpoint) as caller:
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-Id": "request-0001"}
            assert caller.get("/v1/releases/R1?title=Jane", headers=headers).status_code == 200
            assert caller.get("/v1/broken/Jane", headers={"X-Request-Id": "request-0002"}).status_code == 500
        (_, good), (service, bad) = receiver.spans
    assert (good.name, good.kind) == ("GET /v1/releases/{release_id}", good.SPAN_KIND_SERVER)
    assert (good.trace_id.hex(), good.parent_span_id.hex()) == (TRACE, PARENT)
    assert attributes(good) == {
        "http.request.method": "GET",
        "http.route": "/v1/releases/{release_id}",
        "http.response.status_code": 200,
        "lacquer.request_id": "request-0001",
    }
    assert (service, bad.status.code, bad.status.message) == (
        "lacquer-api",
        bad.status.STATUS_CODE_ERROR,
        "LookupError",
    )
    assert bad.trace_id.hex() != TRACE
    assert "Jane" not in str(good) + str(bad)


def test_each_request_is_a_line_with_its_ids_and_without_values(tmp_path: Path, lines: io.StringIO) -> None:
    with collector() as receiver, client(tmp_path, receiver.endpoint) as caller:
        caller.get("/v1/releases/R1?title=Jane", headers={"X-Request-Id": "request-0001"})
        caller.get("/v1/broken/Jane", headers={"X-Request-Id": "request-0002"})
        caller.app.state.services.close()
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    requests = [line for line in found if line["message"] == "request"]
    assert [(line["request_id"], line["route"], line["status"]) for line in requests] == [
        ("request-0001", "/v1/releases/{release_id}", 200),
        ("request-0002", "/v1/broken/{name}", 500),
    ]
    assert all(len(line["trace_id"]) == 32 for line in requests)
    (fault,) = [line for line in found if line["level"] == "error"]
    assert (fault["message"], fault["error"]) == ("request request-0002 failed", "LookupError")
    assert fault["places"][-1].endswith(" broken")
    assert "Jane" not in lines.getvalue()
    assert "R1" not in lines.getvalue()


def test_without_an_endpoint_nothing_is_sent_and_spans_do_nothing(tmp_path: Path) -> None:
    with client(tmp_path, None) as caller:
        assert caller.get("/v1/releases/R1").status_code == 200
    with Tracing(None, "test") as tracing, tracing.span("work", {"a": 1}) as span:
        span.set("b", 2)
        span.fail("wrong")
    assert (tracing.is_on, span.trace_id) == (False, "")


def test_a_collector_that_is_away_changes_no_answer(tmp_path: Path) -> None:
    with client(tmp_path, "http://127.0.0.1:9") as caller:
        assert caller.get("/v1/releases/R1").status_code == 200


def test_ids_are_bound_to_the_body_only_and_foreign_values_stay_out(lines: io.StringIO) -> None:
    log = logging.getLogger("serving.test")
    with bound(run_id="r1", trace_id=""):
        log.info("inside %d", 1)
    log.info("outside", extra={"seconds": 1.5, "buyer": "Jane Doe"})
    foreign = logging.LogRecord("sqlalchemy.engine", logging.WARNING, "", 1, "parameters %s", ("Jane Doe",), None)
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (first["message"], first["run_id"], "trace_id" in first) == ("inside 1", "r1", False)
    assert ("run_id" in second, second["seconds"], "buyer" in second) == (False, 1.5, False)
    assert json.loads(JsonFormatter().format(foreign))["message"] == "parameters %s"
