"""Failed runs and checks, stale tables and surges of dead letters become alerts, and alerts reach their channels.

That happens every minute while the daemon runs. `lacquer alerts deliver` does the same once, for installations
without a daemon.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckSeverity,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunsFilter,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from resources.alerting import note_outcomes
from resources.delivery.lake_state import state_outcomes
from resources.delivery.parameter import DeliveryParam
from resources.lake import LakeParam

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from ml.alerts.operations import Outcome

FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]
LAKE_TAG = "lacquer/lake"
NEWEST_RUNS = 10  # an older outcome changes nothing: its alert is on record


def finished_runs(instance: DagsterInstance, root: Path) -> list[RunRecord]:
    """The newest finished runs on a lake, oldest first; a run that names no lake is the daemon's own."""
    records = instance.get_run_records(RunsFilter(statuses=FINISHED), limit=NEWEST_RUNS)
    return [
        record
        for record in reversed(records)
        if Path(record.dagster_run.tags.get(LAKE_TAG, root)).resolve() == root.resolve()
    ]


def outcomes_of(instance: DagsterInstance, runs: Sequence[RunRecord]) -> "list[Outcome]":
    """The newest outcome of each job and of each table's checks, in these runs."""
    from ml.alerts.operations import CHECK, RUN, Outcome

    jobs: dict[str, Outcome] = {}
    checks: dict[str, dict[str, tuple[bool, bool]]] = {}
    latest: dict[str, tuple[str, dt.date]] = {}
    for record in runs:
        run = record.dagster_run
        short, day = run.run_id[:8], dt.datetime.fromtimestamp(record.end_time or 0, dt.UTC).date()
        name = f"{RUN}{run.job_name}"
        passed = run.status == DagsterRunStatus.SUCCESS
        failed = instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE)
        steps = ", ".join(sorted({log.step_key for log in failed if log.step_key})) or "its start"
        words = f"run {short} of {run.job_name} " + ("succeeded" if passed else f"failed in {steps}")
        jobs[name] = Outcome(name, day, passed, words)
        for log in instance.all_logs(run.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION):
            event = log.dagster_event
            if event is None:
                continue
            found = event.asset_check_evaluation_data
            table = found.asset_key.to_user_string()
            checks.setdefault(table, {})[found.check_name] = (found.passed, found.severity == AssetCheckSeverity.ERROR)
            latest[table] = (short, day)
    tables = []
    for table, results in checks.items():
        short, day = latest[table]
        bad = sorted(name for name, (passed, _) in results.items() if not passed)
        words = f"run {short}: " + (f"{', '.join(bad)} failed" if bad else f"all {len(results)} checks passed")
        is_error = any(results[name][1] for name in bad)
        tables.append(Outcome(f"{CHECK}{table}", day, not bad, words, "high" if is_error else "low"))
    return [*jobs.values(), *tables]


def follow_runs(instance: DagsterInstance, store: "Lake", stale_hours: float) -> int:
    """Note what the newest runs say of jobs and checks, and the lake of its sources; how many events are new."""
    found = outcomes_of(instance, finished_runs(instance, store.root))
    return note_outcomes(store, [*found, *state_outcomes(store, stale_hours, dt.datetime.now(dt.UTC))])


@sensor(
    minimum_interval_seconds=10,
    default_status=DefaultSensorStatus.RUNNING,
    description="Makes alerts of failed runs and checks, stale tables and surges of dead letters, and sends what is "
    "new and due; nothing unless LACQUER_ALERT_CHANNELS is set.",
)
def delivery_sensor(context: SensorEvaluationContext, lake: LakeParam, delivery: DeliveryParam) -> SkipReason:
    """Send alerts; no run is needed for it."""
    if delivery.channels_file is None:
        return SkipReason("no channels: name their file in LACQUER_ALERT_CHANNELS")
    store = lake.lake()
    runs = finished_runs(context.instance, store.root)
    newest = runs[-1].dagster_run.run_id if runs else ""
    found = outcomes_of(context.instance, runs) if newest != context.cursor else []
    note_outcomes(store, [*found, *state_outcomes(store, delivery.settings.alert_stale_hours, dt.datetime.now(dt.UTC))])
    if newest != context.cursor:
        context.update_cursor(newest)
    new, sent, failed = delivery.deliver(store)
    return SkipReason(f"{new} new messages, {sent} sent, {failed} refused")
