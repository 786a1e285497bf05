"""A run of the command line sends one trace: the run, and a span per step."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.collector import attributes, collector
from tests.end_to_end.commands import command, environment
from tests.needs import need_packages

pytestmark = pytest.mark.heavy
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_run_and_its_steps_are_one_trace(tmp_path: Path) -> None:
    need_packages("opentelemetry.exporter", target="serve-tools")
    lake = tmp_path / "lake"
    options = ("--pack", "demo", "--order-lines", "10000", "--no-backtest", "--lake", lake)
    with collector() as receiver:
        settings = {"LACQUER_TELEMETRY_ENDPOINT": receiver.endpoint, "LACQUER_LOG_FORMAT": "json"}
        settings["TRACEPARENT"] = f"00-{TRACE}-{PARENT}-01"
        done = subprocess.run(
            command("run", *options), env=environment(lake, **settings), capture_output=True, text=True
        )
    assert done.returncode == 0, done.stderr
    (root,) = [span for _, span in receiver.spans if span.name == "run"]
    steps = {span.name: span for _, span in receiver.spans if span is not root}
    assert {service for service, _ in receiver.spans} == {"lacquer-run"}
    assert {"bronze/erp_changes", "silver/order_lines", "gold_core", "lake/published"} <= steps.keys()
    assert root.parent_span_id.hex() == PARENT
    assert {span.trace_id.hex() for _, span in receiver.spans} == {TRACE}
    assert {span.parent_span_id for span in steps.values()} == {root.span_id}
    assert all(root.start_time_unix_nano <= one.start_time_unix_nano for one in steps.values())
    assert all(one.end_time_unix_nano <= root.end_time_unix_nano for one in steps.values())
    objects = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    (line,) = [one for one in objects if one["message"] == "run"]
    assert (line["status"], line["trace_id"]) == ("success", TRACE)
    assert line["run_id"] == attributes(root)["lacquer.run_id"]
