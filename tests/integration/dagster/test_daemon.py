"""Given a real daemon, when files land, then its sensor has them built and published; the schedule ticks beside it.

The daemon loads the definitions in a process of its own, as an installation does; only the daily schedule's cron is
another one (`every_minute`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from lake.lakehouse import Lake
from tests.integration.dagster.daemons import failures, make_home, running_daemon, until
from tests.integration.dagster.running import ask, land_demo, true_lines


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path / "dagster", Path(__file__).with_name("every_minute.py"))


@pytest.fixture
def daemon(tmp_path: Path, home: Path) -> Iterator[Path]:
    """A running daemon over an empty lake; the lake's root."""
    lake = tmp_path / "lake"
    with running_daemon(home, lake):
        yield lake


def succeeded(instance: DagsterInstance, tag: str, name: str) -> list[DagsterRun]:
    return list(instance.get_runs(RunsFilter(tags={tag: name}, statuses=[DagsterRunStatus.SUCCESS])))


@pytest.mark.heavy
def test_a_daemon_builds_what_lands_and_ticks_by_the_clock(daemon: Path, home: Path) -> None:
    land_demo(daemon)
    with DagsterInstance.from_config(str(home)) as instance:
        until(lambda: bool(succeeded(instance, "dagster/sensor_name", "landing_sensor")))
        until(lambda: bool(succeeded(instance, "dagster/schedule_name", "daily")))
        asked = instance.get_runs(RunsFilter(tags={"dagster/sensor_name": "landing_sensor"}))
        failed = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE]))
        why = failures(instance)
    assert len(asked) == 1
    assert not failed, why
    assert "gold/forecasts" in Lake(daemon).published()
    assert ask(daemon, "select order_id, line_number, quantity from fct_order_line order by all") == true_lines(daemon)
