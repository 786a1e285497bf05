"""A run's OpenLineage events reach a consumer that checks them against the specification's required parts."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jsonschema
import pytest
from dagster import AssetSpec, DagsterInstance, Definitions, MaterializeResult, TableColumn, TableSchema, asset

from resources.settings import Settings
from serving.runs.lineage import report_lineage
from tests.needs import need_packages

pytestmark = pytest.mark.heavy

# What version 2-0-2 of the specification requires of a RunEvent.
_FACETS = {
    "type": "object",
    "additionalProperties": {"type": "object", "required": ["_producer", "_schemaURL"]},
}
_DATASETS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["namespace", "name"],
        "properties": {"namespace": {"type": "string"}, "name": {"type": "string"}, "facets": _FACETS},
    },
}
RUN_EVENT = {
    "type": "object",
    "required": ["eventTime", "producer", "schemaURL", "run", "job", "eventType"],
    "properties": {
        "eventTime": {"type": "string", "format": "date-time"},
        "producer": {"type": "string", "format": "uri"},
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "run": {
            "type": "object",
            "required": ["runId"],
            "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": _FACETS},
        },
        "job": {"type": "object", "required": ["namespace", "name"], "properties": {"facets": _FACETS}},
        "inputs": _DATASETS,
        "outputs": _DATASETS,
    },
}


class Consumer(ThreadingHTTPServer):
    """Keeps valid events; answers 400 to others."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.is_closed = False
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Consumer)
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        checker = jsonschema.Draft202012Validator(RUN_EVENT, format_checker=jsonschema.FormatChecker())
        valid = self.path == "/api/v1/lineage" and not self.server.is_closed and not list(checker.iter_errors(event))
        if valid:
            self.server.events.append(event)
        self.send_response(201 if valid else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def consumer() -> Iterator[Consumer]:
    with Consumer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


SCHEMA = TableSchema([TableColumn("units", "int64", description="units sold")])


@asset(key=["silver", "lines"], deps=[AssetSpec(["bronze", "changes"])])
def lines() -> MaterializeResult:
    return MaterializeResult(metadata={"delta_version": 7, "rows_out": 12})


@asset(key=["gold", "sales"], deps=[lines], metadata={"dagster/column_schema": SCHEMA})
def sales() -> MaterializeResult:
    return MaterializeResult(metadata={"delta_version": 3})


@asset(key=["gold", "broken"], deps=[sales])
def broken() -> None:
    raise ValueError("no rates for 2024-01-02")


def _run(address: str, root: Path) -> str | None:
    definitions = Definitions(assets=[lines, sales, broken])
    settings = Settings(lake=root, openlineage=address)
    with DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, raise_on_error=False
        )
        return report_lineage(instance, definitions, settings, done.run_id)


def test_a_consumer_takes_every_event_and_learns_what_was_made_from_what(consumer: Consumer, tmp_path: Path) -> None:
    need_packages("openlineage", "jsonschema", target="quality")
    assert _run(f"http://127.0.0.1:{consumer.server_address[1]}", tmp_path) is None
    kinds = [(event["eventType"], event["job"]["name"].rpartition(".")[2]) for event in consumer.events]
    job = consumer.events[0]["job"]["name"]
    assert kinds == [
        ("START", job), ("START", "silver/lines"), ("COMPLETE", "silver/lines"), ("START", "gold/sales"),
        ("COMPLETE", "gold/sales"), ("START", "gold__broken"), ("FAIL", "gold__broken"), ("FAIL", job),
    ]  # fmt: skip
    made = {
        event["job"]["name"].rpartition(".")[2]: event for event in consumer.events if event["eventType"] != "START"
    }
    silver, gold = made["silver/lines"], made["gold/sales"]
    assert [one["name"] for one in silver["inputs"]] == [f"{tmp_path}/bronze/changes"]
    assert silver["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 12
    assert [(one["name"], one["facets"]["version"]["datasetVersion"]) for one in gold["inputs"]] == [
        (f"{tmp_path}/silver/lines", "7")
    ]
    columns = gold["outputs"][0]["facets"]["schema"]["fields"]
    assert [(one["name"], one["type"], one["description"]) for one in columns] == [("units", "int64", "units sold")]
    assert gold["run"]["facets"]["parent"]["run"]["runId"] == consumer.events[0]["run"]["runId"]
    assert "no rates for 2024-01-02" in json.dumps(made["gold__broken"]["run"]["facets"]["errorMessage"])


def test_a_file_takes_them_too_and_a_refusal_is_a_warning(consumer: Consumer, tmp_path: Path) -> None:
    need_packages("openlineage", "jsonschema", target="quality")
    file = tmp_path / "lineage.jsonl"
    assert _run(str(file), tmp_path) is None
    assert len([json.loads(line) for line in file.read_text().splitlines()]) == 8
    consumer.is_closed = True
    problem = _run(f"http://127.0.0.1:{consumer.server_address[1]}", tmp_path)
    assert problem is not None
    assert "were not taken by" in problem
