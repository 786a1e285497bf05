"""Upkeep of a lake and of Dagster's history of its runs: pins of ended runs, tables, old runs."""

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from lake.lakehouse import Lake
    from lake.maintenance import Retention, Upkeep

# A run that this instance does not know may be another instance's: after this long it is taken for gone.
ABANDONED_DAYS = 7


def keep_up(
    lake: "Lake", instance: "DagsterInstance", retention: "Retention", run_history_days: int
) -> "tuple[list[Upkeep], int]":
    """Look after every table and after the history of runs; readers and runs that are under way keep their files.

    Returns:
        What was done to each table, and how many runs were taken out of Dagster's storage.
    """
    from lake.maintenance import maintain

    give_back_pins(lake, instance)
    return maintain(lake, retention), prune_runs(instance, run_history_days)


def give_back_pins(lake: "Lake", instance: "DagsterInstance") -> None:
    """Close the sessions of runs that have ended."""
    from lake.delta.sessions import open_sessions

    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=ABANDONED_DAYS)
    for run_id, pinned_at in open_sessions(lake.root).items():
        run = instance.get_run_by_id(run_id)
        if run.is_finished if run else pinned_at < long_ago:
            lake.session(run_id).close()


def prune_runs(instance: "DagsterInstance", days: int) -> int:
    """Delete ended runs that are older, with their events and logs; how many.

    A run stays that made the latest materialization of an asset, since schedules and the UI ask for it.

    Args:
        instance: whose runs.
        days: how old a run may become.
    """
    from dagster import DagsterRunStatus, RunsFilter

    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    runs = instance.get_runs(RunsFilter(statuses=ended, created_before=oldest))
    kept = _latest(instance) if runs else set()
    gone = [run.run_id for run in runs if run.run_id not in kept]
    for run_id in gone:
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.delete_run(run_id)
    return len(gone)


def _latest(instance: "DagsterInstance") -> set[str]:
    """The runs that made the latest materialization of each asset."""
    events = (instance.get_latest_materialization_event(key) for key in instance.get_asset_keys())
    return {event.run_id for event in events if event is not None}
