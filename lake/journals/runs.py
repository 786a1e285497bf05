"""The record of runs: when, on what, how it ended, and the summary that its user saw."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from lake.contract import Column, Contract
from lake.lakehouse import Lake

RUNS = Contract(
    name="runs",
    layer="lake",
    grain="one row per run of the command line, a sensor or a schedule",
    key=("run_id",),
    columns=(
        Column("run_id", "string", "the run, as the orchestrator calls it"),
        Column("pack", "string", "source pack, or none"),
        Column("started_at", "timestamp", "moment it began"),
        Column("seconds", "float64", "how long it took", unit="s"),
        Column("status", "string", "how it ended", allowed=("success", "failure")),
        Column("summary", "string", "the result table, as JSON; of sensors and schedules the job and who started it"),
    ),
)


def record_run(
    lake: Lake, run_id: str, pack: str, started_at: dt.datetime, seconds: float, status: str, summary: dict[str, Any]
) -> None:
    """Add the run to the record and publish the record; a failed run is on record too."""
    row = {
        "run_id": run_id,
        "pack": pack,
        "started_at": started_at,
        "seconds": seconds,
        "status": status,
        "summary": json.dumps(summary, default=str, ensure_ascii=False),
    }
    lake.publish({f"{RUNS.layer}/{RUNS.name}": lake.journal(RUNS).note([row])}, run_id)
