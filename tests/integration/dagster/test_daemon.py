"""Given a real daemon, when files land, then its sensor has them built and published; the schedule ticks beside it.

The daemon loads the definitions in a process of its own, as an installation does; only the daily schedule's cron is
another one (`every_minute`). Everything that it starts is in its own process group, which ends with the test.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from lake.lakehouse import Lake
from tests.integration.dagster.running import ask, land_demo, true_lines

CHECKOUT = Path(__file__).resolve().parents[3]
DEADLINE_S = 200
DAEMON = Path(sys.executable).with_name("dagster-daemon")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A DAGSTER_HOME with our dagster.yaml, and a workspace that names the definitions."""
    folder = tmp_path / "dagster"
    folder.mkdir()
    (folder / "dagster.yaml").write_text((CHECKOUT / "dagster.yaml").read_text())
    location = {
        "relative_path": str(Path(__file__).with_name("every_minute.py")),
        "attribute": "defs",
        "working_directory": str(CHECKOUT),
        "location_name": "lacquer",
    }
    (folder / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"python_file": location}]}))
    # Its databases are made by one process; two that make them at once trip up.
    with DagsterInstance.from_config(str(folder)):
        pass
    return folder


@pytest.fixture
def daemon(tmp_path: Path, home: Path) -> Iterator[Path]:
    """A running daemon over an empty lake; the lake's root."""
    lake, log = tmp_path / "lake", tmp_path / "daemon.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LACQUER_", "DAGSTER_"))}
    ours = {"LACQUER_LAKE": str(lake), "DAGSTER_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
    arguments = [str(DAEMON), "run", "-w", str(home / "workspace.yaml")]
    with log.open("wb") as out:
        process = subprocess.Popen(
            arguments, env=kept | ours, cwd=home, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield lake
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
                process.wait(15)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        print(log.read_text()[-4000:])


def until(found: Callable[[], bool]) -> None:
    """Wait until it holds; past the deadline the test fails."""
    end = time.monotonic() + DEADLINE_S
    while not found():
        assert time.monotonic() < end, "the daemon did not come to it in time"
        time.sleep(1)


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
        why = [
            f"{run.job_name}, {event.step_key}: {event.step_failure_data.error}"
            for run in failed
            for record in instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE)
            if (event := record.dagster_event)
        ]
    assert len(asked) == 1
    assert not failed, "\n".join(why)
    assert "gold/forecasts" in Lake(daemon).published()
    assert ask(daemon, "select order_id, line_number, quantity from fct_order_line order by all") == true_lines(daemon)
