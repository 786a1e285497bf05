"""Measuring a case: in a child process of its own, with wall time, CPU seconds and peak memory of the work alone.

Preparation (imports, opening inputs) happens in the child before the clock starts. Peak memory is the whole child's.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.failures import BenchmarkError

# Prepares with the folder of inputs and an empty one to write in. The work returns what, after the clock has stopped,
# counts what was done; the counts of all cases are the same.
Prepare = Callable[[Path, Path], Callable[[], Callable[[], object]]]


@dataclass(frozen=True)
class Case:
    """One way of doing a figure's work: its name, and ``module:function`` of its :data:`Prepare`."""

    name: str
    prepare: str
    is_ours: bool = False
    # A reference for information only does not count when the best one is chosen.
    counts: bool = True


@dataclass(frozen=True)
class Figure:
    """Work that is done in several ways; ``bar`` is the most that ours may take, in multiples of the best reference."""

    name: str
    description: str
    cases: tuple[Case, ...]
    bar: float


@dataclass(frozen=True)
class Measured:
    """The best repetition of one case."""

    figure: str
    case: str
    is_ours: bool
    counts: bool
    wall_s: float
    cpu_s: float
    peak_mib: float
    answer: object


class CaseFailedError(BenchmarkError):
    """A case did not end well; the message is the end of what it printed."""


def measure(figure: Figure, inputs: Path, repetitions: int, told: Callable[[str], None]) -> list[Measured]:
    """Run every case ``repetitions`` times in turn and keep the quickest of each.

    Raises:
        CaseFailedError: a case ended with an error, or two counted different things.
    """
    best: dict[str, Measured] = {}
    for turn in range(repetitions):
        for case in figure.cases:
            told(f"{figure.name}: {case.name}, {turn + 1} of {repetitions}")
            once = _run(figure, case, inputs)
            if case.name not in best or once.wall_s < best[case.name].wall_s:
                best[case.name] = once
    answers = {case.name: best[case.name].answer for case in figure.cases}
    if len({json.dumps(answer) for answer in answers.values()}) > 1:
        raise CaseFailedError(f"{figure.name}: the cases did not do the same work: {answers}")
    return list(best.values())


def ratio(measured: Sequence[Measured], what: str = "wall_s") -> float:
    """Ours over the best reference that counts."""
    ours = min(getattr(one, what) for one in measured if one.is_ours)
    return float(ours / min(getattr(one, what) for one in measured if one.counts and not one.is_ours))


def _run(figure: Figure, case: Case, inputs: Path) -> Measured:
    scratch = Path(tempfile.mkdtemp(prefix=".run-", dir=inputs))
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "benchmarks.measure", case.prepare, str(inputs), str(scratch)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
    finally:
        shutil.rmtree(scratch)
    if child.returncode:
        raise CaseFailedError(f"{figure.name}: {case.name} ended with {child.returncode}: {child.stderr[-2000:]}")
    found = json.loads(child.stdout.splitlines()[-1])
    return Measured(figure.name, case.name, case.is_ours, case.counts, **found)


def _child(prepare: str, inputs: Path, scratch: Path) -> dict[str, object]:
    import resource

    module, _, name = prepare.partition(":")
    work = getattr(importlib.import_module(module), name)(inputs, scratch)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    count = work()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu, "peak_mib": _peak_mib(), "answer": count()}


def _peak_mib() -> float:
    """The most memory this process has held. Linux's ru_maxrss would begin with what the parent held at the fork."""
    import resource

    status = Path("/proc/self/status")
    if status.exists():
        held = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(held.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(_child(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
