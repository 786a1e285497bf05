"""Runs that sensors and schedules started are put on record in `lake.runs`, beside those of the command line."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunsFilter,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from resources.lake import LakeParam
from sensors.delivery import FINISHED, LAKE_TAG

if TYPE_CHECKING:
    from lake.lakehouse import Lake

STARTED_BY = ("dagster/sensor_name", "dagster/schedule_name")  # tags that Dagster gives the runs of its daemon
NEWEST_RUNS = 50  # looked at each time; the daemon starts far fewer a minute


def started_by(record: RunRecord) -> str | None:
    """The sensor or schedule that started a run; None for one that a person started."""
    tags = record.dagster_run.tags
    return next((tags[name] for name in STARTED_BY if name in tags), None)


def record_finished(instance: DagsterInstance, store: "Lake") -> int:
    """Put the daemon's finished runs of this lake on record, each once; how many are new."""
    from lake.journals.runs import RUNS, record_run

    known = {row[0] for row in store.journal(RUNS).select("select run_id from journal")}
    new = 0
    for record in reversed(instance.get_run_records(RunsFilter(statuses=FINISHED), limit=NEWEST_RUNS)):
        run, by = record.dagster_run, started_by(record)
        elsewhere = Path(run.tags.get(LAKE_TAG, store.root)).resolve() != store.root.resolve()
        if by is None or elsewhere or run.run_id in known or record.start_time is None or record.end_time is None:
            continue
        began = dt.datetime.fromtimestamp(record.start_time, dt.UTC)
        status = "success" if run.status == DagsterRunStatus.SUCCESS else "failure"
        said = {"job": run.job_name, "started_by": by}
        record_run(store, run.run_id, "none", began, record.end_time - record.start_time, status, said)
        new += 1
    return new


@sensor(
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Puts finished runs of sensors and schedules on record in lake.runs.",
)
def recording_sensor(context: SensorEvaluationContext, lake: LakeParam) -> SkipReason:
    """Record what has finished; no run is needed for it."""
    return SkipReason(f"{record_finished(context.instance, lake.lake())} runs put on record")
