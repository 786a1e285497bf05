"""`lacquer bench growth`: a file a day and the upkeep after it; files, log and time of a run stay as they were.

The work is that of the crash campaign: landing, bronze, silver, sums in gold, publication, export. A day passes by
setting the times of the lake's files back by one; unused versions are not kept, since the moments in a log cannot be
set back.
"""

import os
import tempfile
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

DAY_NS = 86_400 * 10**9
SHOWN = (1, 10, 30, 60)
SEED = 7


@dataclass(frozen=True)
class Day:
    """A lake after one day's run and upkeep.

    Attributes:
        number: the day, from 1.
        data_files: Parquet files of all tables.
        log_files: commits and checkpoints of all tables.
        log_bytes: their size.
        cpu_s: CPU seconds of the run, without the upkeep.
        is_right: whether silver and gold hold what the oracle computes from the landed lines.
    """

    number: int
    data_files: int
    log_files: int
    log_bytes: int
    cpu_s: float
    is_right: bool


def grow(days: int, say: Callable[[str], None], shown: Collection[int] = SHOWN) -> list[Day]:
    """Run day after day on a lake of its own; the shown days, and the last.

    Args:
        days: how many.
        say: is given a line per shown day.
        shown: the days that are kept and judged.
    """
    from benchmarks.crash.work import land, run
    from lake.lakehouse import Lake
    from lake.maintenance import Retention, maintain

    found = []
    with tempfile.TemporaryDirectory(prefix="lacquer-growth-") as name:
        root = Path(name) / "lake"
        for number in range(1, days + 1):
            land(root, SEED, number)
            began = time.process_time()
            run(root)
            cpu_s = time.process_time() - began
            maintain(Lake(root), Retention(0, 0, 0, 0))
            if number in shown or number == days:
                found.append(_look(root, number, cpu_s))
                say(line(found[-1]))
            _pass_a_day(root)
    return found


def line(day: Day) -> str:
    """A day in one line."""
    right = "rows right" if day.is_right else "ROWS WRONG"
    return (
        f"day {day.number}: {day.data_files} data files, {day.log_files} log files of {day.log_bytes:,} bytes, "
        f"{day.cpu_s:.2f} s of CPU a run, {right}"
    )


def _look(root: Path, number: int, cpu_s: float) -> Day:
    from benchmarks.crash.verdict import judge
    from benchmarks.crash.work import truth
    from lake.delta.storage import log_files, newest_version
    from lake.lakehouse import Lake

    lake = Lake(root)
    tables = [lake.path(key) for key in lake.keys()]  # noqa: SIM118 (a lake is no dictionary)
    logs = [path for table in tables for path in log_files(table, newest_version(table))]
    every = {path for table in tables for path in table.rglob("*.parquet")}
    sizes = sum(path.stat().st_size for path in logs)
    return Day(number, len(every - set(logs)), len(logs), sizes, cpu_s, judge(root, truth(SEED, number)).is_exact)


def _pass_a_day(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file():
            stat = path.stat()
            os.utime(path, ns=(stat.st_atime_ns - DAY_NS, stat.st_mtime_ns - DAY_NS))
