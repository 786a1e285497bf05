"""A real Dagster daemon over a lake, in a process group of its own, which ends with the test."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml
from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus, RunsFilter

CHECKOUT = Path(__file__).resolve().parents[3]
DEADLINE_S = 200
DAEMON = Path(sys.executable).with_name("dagster-daemon")


def make_home(folder: Path, definitions: Path) -> Path:
    """A DAGSTER_HOME with our dagster.yaml, and a workspace that names a file with definitions."""
    folder.mkdir()
    (folder / "dagster.yaml").write_text((CHECKOUT / "dagster.yaml").read_text())
    location = {
        "relative_path": str(definitions),
        "attribute": "defs",
        "working_directory": str(CHECKOUT),
        "location_name": "lacquer",
    }
    (folder / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"python_file": location}]}))
    # Its databases are made by one process; two that make them at once trip up.
    with DagsterInstance.from_config(str(folder)):
        pass
    return folder


@contextmanager
def running_daemon(home: Path, lake: Path, settings: Mapping[str, str] | None = None) -> Iterator[None]:
    """The daemon of a home on a lake, with settings as environment variables."""
    log = home / "daemon.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LACQUER_", "DAGSTER_"))}
    ours = {"LACQUER_LAKE": str(lake), "DAGSTER_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
    arguments = [str(DAEMON), "run", "-w", str(home / "workspace.yaml")]
    with log.open("wb") as out:
        process = subprocess.Popen(
            arguments,
            env={**kept, **ours, **(settings or {})},
            cwd=home,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
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


def failures(instance: DagsterInstance) -> str:
    """Why runs failed, one line per step; empty where none did."""
    return "\n".join(
        f"{run.job_name}, {event.step_key}: {event.step_failure_data.error}"
        for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE]))
        for record in instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE)
        if (event := record.dagster_event)
    )
