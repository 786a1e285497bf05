"""Given a command that is killed at random moments, when it is run again, then the lake is as if nothing had happened.

The moments are drawn among the lines of progress that the command prints, so that every step has its chance however
fast the machine is. The seed is printed: CRASH_SEED repeats a run.
"""

import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lake.lakehouse import Lake
from tests.end_to_end import states
from tests.end_to_end.commands import DAYS, DEMO, copied, ended, home_of, lacquer, run_demo, start

KILLS = 5
LINES_OF_PROGRESS = 46


def killed(lake: Path, days: int, draw: random.Random) -> str:
    """Kill `lacquer run` some time after a random line of its progress; what it printed last."""
    after, delay = draw.randrange(2, LINES_OF_PROGRESS), draw.uniform(0, 0.4)
    process = start(lake, "run", *DEMO, "--days", str(days))
    assert process.stderr is not None
    last = ""
    for _ in range(after):
        last = process.stderr.readline() or last
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return f"{last.strip()} + {delay:.2f} s"


def published_state(lake: Path) -> dict[str, int]:
    """What readers see of silver and gold."""
    published = Lake(lake).published() if (lake / "lake" / "published").is_dir() else {}
    return {key: version for key, version in published.items() if key in states.data_tables(lake)}


def assert_like(lake: Path, undisturbed: Path) -> None:
    """Same rows in silver and gold, the same dead letters, each landed line once in bronze."""
    ours, theirs = states.data(lake), states.data(undisturbed)
    assert [key for key in theirs if ours.get(key) != theirs[key]] == []
    letters = "select landed_path, batch_line, table_name, rule, raw from dead_letters order by all"
    con, other = Lake(lake).connect_published(), Lake(undisturbed).connect_published()
    assert con.execute(letters).fetchall() == other.execute(letters).fetchall()
    for table in ("erp_changes", "pim_objects", "signal_events", "feedback_events"):
        places = f"select batch_id, batch_line, payload from bronze.{table} order by all"
        assert con.execute(places).fetchall() == other.execute(places).fetchall()


@pytest.mark.heavy
@pytest.mark.timeout(1200)  # seven runs of the whole graph
def test_killed_five_times_while_a_day_is_added(demo_lake: Path, next_day_lake: Path, tmp_path: Path) -> None:
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(10**6))
    print(f"CRASH_SEED={seed}")
    draw = random.Random(seed)
    lake = copied(demo_lake, tmp_path / "lake")
    before, seen = states.data(lake), []
    for _ in range(KILLS):
        seen.append(killed(lake, DAYS + 1, draw))
        print(f"killed after {seen[-1]}")
        visible = states.data(lake)
        whole = [state for state in (before, states_of(next_day_lake, lake)) if state == visible]
        assert whole, f"half a run is visible after {seen[-1]}"
    run_demo(lake, DAYS + 1)
    assert_like_grown(lake, next_day_lake)


def states_of(next_day_lake: Path, lake: Path) -> dict[str, states.Rows]:
    """The state that the finished lake would show, of the tables that this one has."""
    return {key: found for key, found in states.data(next_day_lake).items() if key in states.data_tables(lake)}


def assert_like_grown(lake: Path, built: Path) -> None:
    """The lake has grown by a day that the other was built with: files differ, silver, gold and refusals do not."""
    ours, theirs = states.data(lake), states.data(built)
    assert [key for key in theirs if ours.get(key) != theirs[key]] == []
    letters = "select table_name, rule, raw from dead_letters order by all"
    con, other = Lake(lake).connect_published(), Lake(built).connect_published()
    assert con.execute(letters).fetchall() == other.execute(letters).fetchall()
    lines = "select source, op, position, payload from bronze.erp_changes order by all"
    assert con.execute(lines).fetchall() == other.execute(lines).fetchall()


@pytest.mark.heavy
def test_killed_while_it_is_first_built(demo_lake: Path, tmp_path: Path) -> None:
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(10**6))
    print(f"CRASH_SEED={seed}")
    draw = random.Random(seed)
    lake = tmp_path / "lake"
    for _ in range(3):
        print(f"killed after {killed(lake, DAYS, draw)}")
        assert published_state(lake).keys() in (set(), set(states.data_tables(demo_lake)))
        answer = lacquer(lake, "sql", "select count(*) from fct_order_line")
        assert (answer.returncode == 0) is bool(published_state(lake)), answer.stderr
    run_demo(lake, DAYS)
    assert_like(lake, demo_lake)


@pytest.mark.heavy
def test_two_commands_at_once_end_in_the_state_of_one(demo_lake: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    home_of(lake).mkdir()
    both = [start(lake, "run", *DEMO, "--days", str(DAYS)) for _ in range(2)]
    answers: list[subprocess.CompletedProcess[str]] = [ended(process) for process in both]
    for answer in answers:
        assert answer.returncode == 0 or re.search(r"^error: ", answer.stderr, re.MULTILINE), answer.stderr
        assert "Traceback" not in answer.stderr
    assert 0 in [answer.returncode for answer in answers]
    assert_like(lake, demo_lake)


@pytest.mark.heavy
def test_a_run_that_was_killed_is_ended_by_the_next(demo_lake: Path, tmp_path: Path) -> None:
    from dagster import DagsterInstance, DagsterRunStatus

    lake = copied(demo_lake, tmp_path / "lake")
    process = start(lake, "run", *DEMO, "--days", str(DAYS + 1))
    assert process.stderr is not None
    while "gold_core ..." not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with DagsterInstance.from_config(str(home_of(lake))) as instance:
        open_run = instance.get_runs(limit=1)[0]
        assert open_run.status == DagsterRunStatus.STARTED
    run_demo(lake, DAYS + 1)
    with DagsterInstance.from_config(str(home_of(lake))) as instance:
        again = instance.get_run_by_id(open_run.run_id)
        assert again is not None
        assert again.status == DagsterRunStatus.FAILURE
        assert instance.get_runs(limit=1)[0].status == DagsterRunStatus.SUCCESS
