"""A crash campaign finds nothing in the lake's own order of commits, and every wrong order that is planted."""

import random

import pytest

from benchmarks.crash.bugs import BUGS
from benchmarks.crash.campaign import Campaign, run
from benchmarks.crash.points import POINTS
from benchmarks.crash.verdict import Verdict
from benchmarks.crash.work import day_lines, truth

pytestmark = pytest.mark.heavy
SEED = 7
# Where a process has to die for a wrong order to do harm, on the second day: on the first, tables are only made.
FOUND_AT = {
    "bronze: rows before identity": "after chaos_events",
    "bronze: identity before rows": "after chaos_events",
    "ledger before bronze": "after landed_files",
    "dead letters after bronze": "after chaos_events",
    "silver: position before rows": "after chaos_state",
    "silver: rows before position": "after chaos_state",
    "gold: mark before rows": "after chaos_sums",
    "published before gold": "after published",
    "published table by table": "after published",
    "published emptied first": "after published",
    "export in place": "after published",
}


@pytest.mark.timeout(900)
def test_every_point_once_and_random_kills_do_no_harm() -> None:
    seed = random.randrange(10**6)
    done = run(2, print, seed)
    print(done.line())
    assert done.is_exact, done.line()
    assert done.kills >= len(POINTS)


@pytest.mark.timeout(900)
def test_disk_errors_end_the_run_and_do_no_harm() -> None:
    done = run(0, print, SEED, points=("after published",), faults=("EIO", "ENOSPC", "EIO", "ENOSPC"))
    print(done.line())
    assert done.is_exact, done.line()
    assert done.disk_errors == 4  # each of these writes is one that a run makes


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_order_is_found(bug: str) -> None:
    done = run(0, print, SEED, points=(FOUND_AT[bug],) * 2, bug=bug)
    assert done.kills == 2
    assert not done.verdict.is_exact or done.mixed > 0, done.line()


def test_the_oracle_knows_the_latest_of_each_key() -> None:
    found = truth(SEED, 2)
    lines = [*day_lines(SEED, 1), *day_lines(SEED, 2)]
    assert (len(found.lines) + found.malformed, found.malformed) == (len(lines), 2)
    assert found.figures == (len(found.values), sum(found.values.values()))


def test_the_closing_line_says_what_is_wrong() -> None:
    done = Campaign(Verdict(lost=1), 2, 10, 3, 1, ("after pins",), SEED, 4.0)
    assert not done.is_exact
    assert done.line().startswith("crash: 3 kills, 1 disk errors, 10 reads by 8 readers, seed 7: 1 lost, 0 doubled")
    assert "2 mixed; not reached: after pins; 4 s" in done.line()
    assert Campaign(Verdict(), 0, 10, 3, 0, (), SEED, 4.0).is_exact
