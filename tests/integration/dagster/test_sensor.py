"""The landing sensor asks once for what has landed; the schedules run the jobs by the clock, in UTC."""

import datetime as dt
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultScheduleStatus,
    RunRequest,
    SkipReason,
    build_schedule_context,
    build_sensor_context,
    job,
    op,
)

from assets.partial import SIGNALS
from definitions import build_definitions
from resources.lake import LakeResource
from resources.settings import Settings
from sensors.landing import landing_sensor
from tests.integration.dagster.running import land, run_main


class Watch:
    """The sensor as a daemon evaluates it: its cursor is kept from one tick to the next."""

    def __init__(self, root: Path, instance: DagsterInstance) -> None:
        self.resource = LakeResource.from_settings(Settings(lake=root))
        self.instance = instance
        self.cursor: str | None = None

    def tick(self) -> RunRequest | SkipReason:
        context = build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"lake": self.resource}, sensor_name="landing_sensor"
        )
        answer = landing_sensor(context)
        self.cursor = context.cursor
        assert isinstance(answer, RunRequest | SkipReason)
        return answer


@pytest.fixture
def watch(tmp_path: Path):
    with DagsterInstance.ephemeral() as instance:
        yield Watch(tmp_path / "lake", instance)


def why(answer: RunRequest | SkipReason) -> str:
    assert isinstance(answer, SkipReason)
    return answer.skip_message or ""


def under_way(instance: DagsterInstance, status: DagsterRunStatus) -> str:
    @op
    def nothing() -> None: ...

    @job
    def main() -> None:
        nothing()

    return instance.create_run_for_job(main, status=status).run_id


def test_nothing_landed_asks_for_nothing(watch: Watch) -> None:
    assert why(watch.tick()) == "nothing new has landed"


def test_files_are_asked_for_once_and_a_failure_is_not_repeated(watch: Watch) -> None:
    land(watch.resource.root, "1.jsonl", ["null"])
    land(watch.resource.root, "2.jsonl", ["null"], stream="pim")
    asked = watch.tick()
    assert isinstance(asked, RunRequest)
    assert asked.tags["lacquer/files"] == "2"
    # The run failed: nothing was taken in, and nothing new has come.
    assert "did not take them in" in why(watch.tick())
    assert "did not take them in" in why(watch.tick())
    land(watch.resource.root, "3.jsonl", ["null"])
    again = watch.tick()
    assert isinstance(again, RunRequest)
    assert again.run_key != asked.run_key


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])
def test_files_wait_for_the_run_that_is_under_way(watch: Watch, status: DagsterRunStatus) -> None:
    run_id = under_way(watch.instance, status)
    land(watch.resource.root, "1.jsonl", ["null"])
    assert why(watch.tick()) == "1 files wait for the run that is under way"
    run = watch.instance.get_run_by_id(run_id)
    assert run is not None
    watch.instance.report_run_failed(run)
    assert isinstance(watch.tick(), RunRequest)


def test_half_written_files_are_left_alone(watch: Watch) -> None:
    land(watch.resource.root, ".1.jsonl", ["null"])
    land(watch.resource.root, "2.jsonl.part", ["null"])
    assert why(watch.tick()) == "nothing new has landed"


def test_signals_alone_are_published_by_themselves_once_a_whole_run_was(watch: Watch) -> None:
    land(watch.resource.root, "1.jsonl", ["null"], stream="signals")
    first = watch.tick()
    assert isinstance(first, RunRequest)
    assert first.job_name == "main", "nothing is published that signals could be added to"
    watch.resource.lake().publish(dict.fromkeys(SIGNALS, 0), "whole")
    under_way(watch.instance, DagsterRunStatus.STARTED)
    land(watch.resource.root, "2.jsonl", ["null"], stream="signals")
    asked = watch.tick()
    assert isinstance(asked, RunRequest)
    assert asked.job_name == "signals", "it does not wait for the whole run"
    land(watch.resource.root, "3.jsonl", ["null"])
    assert why(watch.tick()) == "3 files wait for the run that is under way"


@pytest.mark.heavy
def test_what_was_taken_in_is_not_asked_for_again(lake: Path, watch: Watch) -> None:
    watch.resource = LakeResource.from_settings(Settings(lake=lake))
    assert why(watch.tick()) == "nothing new has landed"
    land(lake, "2024-02-15--1.jsonl", ["null"])
    assert isinstance(watch.tick(), RunRequest)
    land(lake, "2024-02-15--2.jsonl", ["null"])
    assert run_main(lake, leave_out=("gold/forecast_backtest", "gold/forecast_scores")).success
    assert why(watch.tick()) == "nothing new has landed", "the second file's content is known by the first one's name"


@pytest.mark.parametrize(
    ("name", "job_name", "cron"),
    [
        ("daily", "main", "0 5 * * *"),
        ("weekly_maintenance", "maintenance", "0 3 * * 0"),
        ("weekly_seasonality", "seasonality", "0 7 * * 1"),
    ],
)
def test_schedules_run_their_jobs_in_utc(tmp_path: Path, name: str, job_name: str, cron: str) -> None:
    schedule = build_definitions(Settings(lake=tmp_path)).resolve_schedule_def(name)
    assert (schedule.job_name, schedule.cron_schedule, schedule.execution_timezone) == (job_name, cron, "UTC")
    assert schedule.default_status == DefaultScheduleStatus.RUNNING
    moment = dt.datetime(2024, 3, 3, 5, tzinfo=dt.UTC)
    evaluated = schedule.evaluate_tick(build_schedule_context(scheduled_execution_time=moment))
    assert len(evaluated.run_requests or []) == 1


def test_the_maintenance_job_runs_on_a_lake_and_changes_no_row(lake: Path) -> None:
    from tests.integration.dagster.running import QUIET, ask

    count = "select count(*), sum(net_revenue) from fct_order_line"
    before = ask(lake, count)
    definitions = build_definitions(Settings(lake=lake))
    with DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("maintenance").execute_in_process(instance=instance, run_config=QUIET)
    assert result.success
    assert ask(lake, count) == before
