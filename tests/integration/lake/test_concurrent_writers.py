"""Several processes on one lake at once: nothing is lost, nothing doubled, every row has one fate."""

import multiprocessing
import random
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Queue
from typing import Any

import pyarrow as pa
import pytest

from lake.delta.table import Table
from lake.lakehouse import Lake
from lake.silver.integrity import balance
from tests.lake_builders import LINES, LINES_FEED, arrive, dead_letters, deleted, land, load, rows, stated
from tests.lake_oracle import replay

PROCESSES = 3
SPAWN = multiprocessing.get_context("spawn")


def changes(seed: int, count: int) -> list[str]:
    """Changes to a dozen order lines: states in two months, deletions, and some that are refused."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        lsn, order, line = draw.randrange(1, 5000), str(draw.randrange(4)), draw.randrange(1, 4)
        if draw.random() < 0.15:
            found.append(deleted(lsn, order, line))
        elif draw.random() < 0.1:
            found.append("{" if draw.random() < 0.5 else stated(lsn, order_id=order, line_no=line, qty="many"))
        else:
            month = draw.choice(["2010-12-01", "2011-01-31"])
            row: dict[str, Any] = {
                "order_id": order,
                "line_no": line,
                "qty": draw.randrange(9),
                "created_at": f"{month}T08:26:00Z",
            }
            found.append(stated(lsn, **row))
    return found


def _work(work, root: Path, start: Barrier, answers: Queue, number: int) -> None:
    try:
        start.wait(60)
        answers.put(work(Lake(root), number))
    except BaseException as error:
        answers.put(f"process {number}: {type(error).__name__}: {error}")
        raise


def in_processes(work, root: Path) -> list[Any]:
    """Run ``work(lake, number)`` in several processes that begin at once; their answers."""
    start, answers = SPAWN.Barrier(PROCESSES), SPAWN.Queue()
    running = [SPAWN.Process(target=_work, args=(work, root, start, answers, n)) for n in range(PROCESSES)]
    for process in running:
        process.start()
    found = [answers.get(timeout=120) for _ in running]
    for process in running:
        process.join(60)
    failed = [answer for answer in found if isinstance(answer, str)]
    assert not failed, failed
    return found


def take_in_and_refresh(lake: Lake, number: int) -> tuple[int, int]:
    done = load(lake)
    return done.batch.read, done.batch.dead


def land_and_load(lake: Lake, number: int) -> tuple[int, int]:
    read = dead = 0
    for turn in range(4):
        land(lake, f"2010-12-01--{number}-{turn}.jsonl", changes(100 * number + turn, 6))
        done = load(lake)
        read, dead = read + done.batch.read, dead + done.batch.dead
    return read, dead


def create_many(lake: Lake, _number: int) -> int:
    for turn in range(60):
        Table(lake.root / "gold" / f"made_{turn}").create(pa.schema([("key", pa.int64())]))
    return 60


def take_in_only(lake: Lake, number: int) -> tuple[int, int]:
    landed = arrive(lake)
    return landed.rows, landed.dead


def assert_complete(lake: Lake, files: list[list[str]]) -> None:
    lines = [line for file in files for line in file]
    expected = replay(lines)
    assert rows(lake, "silver/lines") == expected.state
    assert sorted(row["rule"] for row in dead_letters(lake, "bronze/erp_changes")) == [
        rule for table, rule in sorted(expected.dead.values()) if table == "bronze/erp_changes"
    ]
    assert len(dead_letters(lake, "silver/lines")) == sum(t == "silver/lines" for t, _ in expected.dead.values())
    stored = rows(lake, "silver/lines", tombstones=True)
    assert len({(row["order_id"], row["line_number"]) for row in stored}) == len(stored)
    found = balance(lake, lake.table(LINES), LINES, LINES_FEED, lake.table(LINES).version())
    assert found.passed, found.words
    landed = arrive(lake)
    assert landed.is_balanced
    assert landed.total_lines == len(lines)


@pytest.mark.parametrize("is_new", [True, False], ids=["an empty lake", "a lake that has rows"])
def test_processes_that_take_in_the_same_files_take_each_once(tmp_path: Path, *, is_new: bool) -> None:
    lake = Lake(tmp_path)
    files = [changes(seed, 8) for seed in range(6)]
    if not is_new:
        land(lake, "2010-12-01--first.jsonl", files[0])
        load(lake)
    for number, lines in enumerate(files):
        land(lake, f"2010-12-01--{number}.jsonl", lines)

    taken = in_processes(take_in_and_refresh if is_new else take_in_only, lake.root)

    if is_new:
        assert sum(read for read, _ in taken) == replay(line for file in files for line in file).read
    else:
        load(lake)
    assert_complete(lake, files)


def test_processes_that_make_the_same_tables_all_find_them(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    in_processes(create_many, lake.root)
    assert {Table(tmp_path / "gold" / f"made_{turn}").version() for turn in range(60)} == {0}


def test_processes_that_load_different_files_lose_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    in_processes(land_and_load, lake.root)
    last = load(lake)

    assert last.totals.is_balanced
    assert_complete(lake, [changes(100 * number + turn, 6) for number in range(PROCESSES) for turn in range(4)])
