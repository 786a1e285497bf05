"""Dagster forgets old runs, but not those that made what stands; pins of ended runs are given back."""

import datetime as dt
from pathlib import Path

import pytest
from dagster import AssetMaterialization, DagsterEventType, DagsterInstance, RunsFilter, job, op

from lake.delta.sessions import open_sessions
from lake.lakehouse import Lake
from resources.upkeep import give_back_pins, prune_runs
from tests.lake_builders import loaded, stated


@pytest.fixture
def instance(tmp_path: Path):
    (tmp_path / "home").mkdir()
    with DagsterInstance.local_temp(str(tmp_path / "home")) as found:
        yield found


def run(instance: DagsterInstance, asset: str | None = None) -> str:
    @op(name="work")
    def work(context) -> None:
        if asset:
            context.log_event(AssetMaterialization(asset))

    @job(name="work_job")
    def work_job() -> None:
        work()

    return work_job.execute_in_process(instance=instance).run_id


def events(instance: DagsterInstance, run_id: str) -> int:
    return len(instance.all_logs(run_id, of_type=DagsterEventType.RUN_SUCCESS))


def test_old_runs_go_with_their_events_and_the_latest_of_each_asset_stays(instance: DagsterInstance) -> None:
    first, second, third = run(instance, "a"), run(instance, "a"), run(instance, "b")
    assert prune_runs(instance, 1) == 0
    assert prune_runs(instance, 0) == 1
    assert {one.run_id for one in instance.get_runs()} == {second, third}
    assert [events(instance, run_id) for run_id in (first, second, third)] == [0, 1, 1]
    assert instance.get_runs(RunsFilter(created_before=dt.datetime.now(dt.UTC))) != []


def test_pins_of_ended_runs_go_and_those_of_others_stay(instance: DagsterInstance, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    loaded(lake, [stated(1)])
    ended = lake.session(run(instance))
    other = lake.session("of-another-instance")
    give_back_pins(lake, instance)
    held = open_sessions(lake.root)
    assert ended.run_id not in held
    assert other.run_id in held
