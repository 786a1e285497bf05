"""A campaign: each day's run is killed, looked at, run again to its end, and judged."""

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crash.faults import FAULTS, WRITES, build_faults, fault_environment
from benchmarks.crash.points import POINTS
from benchmarks.crash.readers import Readers
from benchmarks.crash.verdict import Verdict, judge
from benchmarks.crash.work import land, truth
from benchmarks.failures import BenchmarkError
from resources.settings import PROJECT_ROOT

READERS, BOUNDARIES, LATEST_S = 8, 22, 0.3


class WorkFailedError(BenchmarkError):
    """A run that nobody killed did not end well."""


@dataclass(frozen=True)
class Campaign:
    """What was done, and what came of it; a disk error counts where the run that met it ended with an error."""

    verdict: Verdict
    mixed: int
    reads: int
    kills: int
    disk_errors: int
    missed: tuple[str, ...]
    seed: int
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Whether every point was reached and nothing was lost, doubled, wrong, unreadable or mixed."""
        return self.verdict.is_exact and not self.mixed and not self.missed

    def line(self) -> str:
        """The closing line."""
        one = self.verdict
        missed = f"; not reached: {', '.join(self.missed)}" if self.missed else ""
        return (
            f"crash: {self.kills} kills, {self.disk_errors} disk errors, {self.reads:,} reads by {READERS} readers, "
            f"seed {self.seed}: {one.lost} lost, {one.doubled} doubled, {one.wrong} wrong, "
            f"{one.unreadable} unreadable, {self.mixed} mixed{missed}; {self.seconds:.0f} s"
        )


def run(
    kills: int,
    say: Callable[[str], None],
    seed: int | None = None,
    points: tuple[str, ...] = POINTS,
    bug: str = "",
    faults: tuple[str, ...] = (),
) -> Campaign:
    """Kill a run at each of the points, then so many at random commits and moments; then let the disk fail.

    Args:
        kills: random kills.
        say: is given a line per kill.
        seed: of data and kills; the same seed kills at the same commits.
        points: named points, each once.
        bug: a wrong order of commits that is planted into the work.
        faults: of `FAULTS`, each at a random write of a run of its own.

    Raises:
        WorkFailedError: a run failed by itself.
    """
    seed, began = random.randrange(10**6) if seed is None else seed, time.monotonic()
    draw = random.Random(seed)
    whole: dict[tuple[int, int], int] = {}
    killed, errors, missed, total = 0, 0, [], Verdict()
    with tempfile.TemporaryDirectory(prefix="lacquer-crash-") as name:
        root = Path(name) / "lake"
        library = build_faults(Path(name)) if faults else None
        readers = Readers(root, READERS, whole)
        try:
            for day, point in enumerate([*points, *("random" for _ in range(kills)), *faults], start=1):
                land(root, seed, day)
                wanted = truth(seed, day)
                whole[wanted.figures] = len(wanted.lines)
                if library and point in FAULTS:
                    errors += _met_error(root, library, point, draw)
                elif _killed(root, point, draw, bug):
                    killed += 1
                elif point != "random":
                    missed.append(point)
                readers.look()
                _work(root, bug, readers)
                found = judge(root, wanted)
                say(f"{day}: {point}" + ("" if found.is_exact else f": {found}"))
                total += found
        finally:
            readers.end()
    total += Verdict(unreadable=readers.unreadable)
    return Campaign(total, readers.mixed, readers.reads, killed, errors, tuple(missed), seed, time.monotonic() - began)


def _killed(root: Path, point: str, draw: random.Random, bug: str) -> bool:
    """Start the work and have it killed; whether it was."""
    boundary, late = draw.randrange(1, BOUNDARIES), draw.uniform(0, LATEST_S)
    at_commit = point != "random" or draw.random() < 0.7
    process = _start(root, point, boundary if point == "random" and at_commit else 0, bug)
    if not at_commit:  # somewhere between two commits, after the process has begun to work
        time.sleep(0.5 + boundary * 0.1 + late)
        process.kill()
    process.communicate()  # what it says is read, so that it never waits for a reader
    return process.returncode == -signal.SIGKILL


def _met_error(root: Path, library: Path, fault: str, draw: random.Random) -> bool:
    """Run the work on a disk that fails; whether it ended with an error, unless the write never came."""
    environment = fault_environment(library, root, fault, draw.randrange(1, WRITES))
    process = subprocess.run(
        _command(root, "none"), cwd=PROJECT_ROOT, env=environment, capture_output=True, check=False
    )
    return process.returncode != 0


def _work(root: Path, bug: str, readers: Readers) -> None:
    process = _start(root, "none", 0, bug)
    _, errors = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise WorkFailedError(f"a run that nobody killed failed: {errors.decode(errors='replace')[-2000:]}")
    if process.returncode:  # a planted order that dies by itself, once
        readers.look()
        _work(root, bug, readers)


def _start(root: Path, point: str, boundary: int, bug: str) -> "subprocess.Popen[bytes]":
    command = [*_command(root, point, boundary), *([bug] if bug else [])]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, stderr=subprocess.PIPE)


def _command(root: Path, point: str, boundary: int = 0) -> list[str]:
    return [sys.executable, "-m", "benchmarks.crash.child", str(root), point, str(boundary)]
