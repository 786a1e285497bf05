"""Runs of sensors and schedules stand in `lake.runs`, each once, beside those of the command line."""

import json
from pathlib import Path

from dagster import DagsterInstance, job, op

from lake.journals.runs import RUNS
from lake.lakehouse import Lake
from sensors.recording import record_finished


@op
def answer() -> int:
    return 42


@op
def fault() -> None:
    raise ValueError("planted")


@job
def good() -> None:
    answer()


@job
def bad() -> None:
    fault()


def test_runs_of_the_daemon_are_put_on_record_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with DagsterInstance.ephemeral() as instance:
        by_sensor = good.execute_in_process(instance=instance, tags={"dagster/sensor_name": "landing_sensor"})
        by_schedule = bad.execute_in_process(
            instance=instance, tags={"dagster/schedule_name": "daily"}, raise_on_error=False
        )
        good.execute_in_process(instance=instance)  # of the command line, which keeps its own record
        elsewhere = {"dagster/sensor_name": "landing_sensor", "lacquer/lake": str(tmp_path / "other")}
        good.execute_in_process(instance=instance, tags=elsewhere)
        assert record_finished(instance, lake) == 2
        assert record_finished(instance, lake) == 0
    rows = lake.journal(RUNS).select("select run_id, status, summary, seconds >= 0 from journal order by started_at")
    assert [(run, status, json.loads(said)["started_by"], sane) for run, status, said, sane in rows] == [
        (by_sensor.run_id, "success", "landing_sensor", True),
        (by_schedule.run_id, "failure", "daily", True),
    ]
    assert "lake/runs" in lake.published()
