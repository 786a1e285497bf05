"""Working on many files in child processes that may be killed: a file that hangs, crashes or swells ends alone.

What is done with a file is a `Work`: the analysis here, separation in `audio.separation.work`. Each child takes one
file after the other and keeps its imports. A child that is past its time is killed, one that dies takes only its own
file with it, and a new one goes on with the next file.
"""

import importlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from audio.confinement import confine, held_mib

MIB = 2**20
PROCESS_MIB = 1_500  # what a child may allocate beyond what it starts with; three minutes need about 250
BASE_S, PER_MIB_S = 30.0, 20.0  # time limit: the size bounds what a file can decode to
USABLE = 0.8  # of the memory that is free


class OnFile(Protocol):
    """Whatever else a job says, it names the file that is worked on."""

    @property
    def path(self) -> Path:
        """The file."""
        ...


J = TypeVar("J", bound=OnFile)


@dataclass(frozen=True)
class Task:
    """What a child does with each file.

    Attributes:
        function: ``module:name``; called with a job and with what takes the share that is done; returns plain values,
            or None and the reason why there are none.
        mib: what the child may allocate beyond what it starts with.
        loads: modules that, as the function's own, are loaded before memory is bounded: what they map is no work.
        environment: names and values that are set before anything is loaded.
    """

    function: str
    mib: int
    loads: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Work(Generic[J]):
    """A task, and after how many seconds a job of it is given up."""

    task: Task
    seconds: Callable[[J], float]


@dataclass(frozen=True)
class Job:
    """A file, where its JAMS goes (its page goes beside it), and who hears it (`audio.backends`)."""

    path: Path
    jams: Path
    backend: str = "own"


@dataclass(frozen=True)
class Spent:
    """What a job took of its process: CPU seconds, and the MiB that the process holds after it and held at most."""

    cpu_s: float
    held_mib: float
    peak_mib: float


@dataclass(frozen=True)
class Outcome(Generic[J]):
    """What became of a file: plain values for the summary, or the reason why there are none.

    What it took is not known of a process that died.
    """

    job: J
    told: dict[str, Any] | None
    reason: str | None
    wall_s: float
    spent: Spent | None = None


@dataclass
class _Child(Generic[J]):
    process: BaseProcess
    line: Connection
    job: J
    deadline: float
    began: float


def time_limit(path: Path) -> float:
    """Seconds after which the analysis of a file is given up."""
    size = path.stat().st_size if path.exists() else 0
    return BASE_S + PER_MIB_S * size / MIB


ANALYSIS = Work[Job](Task("audio.worker:analyse_to_jams", PROCESS_MIB), lambda job: time_limit(job.path))


def processes_that_fit(asked: int | None, files: int, mib: int = PROCESS_MIB) -> int:
    """How many children to run: as asked, else one per core; never more than memory or files are there for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(asked or cores, files, int(free_mib() * USABLE // mib)))


def free_mib() -> float:
    """Memory that new processes may take: what the system has available, within what the container may use."""
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MIB
    if (meminfo := Path("/proc/meminfo")).exists():
        stated = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines())
        free = int(stated["MemAvailable"].split()[0]) / 1024
    limit, held = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.exists() and held.exists() and (most := limit.read_text(encoding="ascii").strip()) != "max":
        free = min(free, (int(most) - int(held.read_text(encoding="ascii"))) / MIB)
    return free


def analyse_all(jobs: Sequence[Job], processes: int, work: Work[Job] = ANALYSIS) -> Iterator[Outcome[Job]]:
    """Analyse the files and yield what became of each, in the order in which they end."""
    return work_all(jobs, work, processes)


def work_all(
    jobs: Sequence[J], work: Work[J], processes: int, progress: Callable[[J, float], None] = lambda job, share: None
) -> Iterator[Outcome[J]]:
    """Do the work on the files and yield what became of each, in the order in which they end.

    Args:
        jobs: the files.
        work: what is done.
        processes: how many at once.
        progress: called with a job and the share of it that is done, where the work tells.
    """
    waiting = list(reversed(jobs))
    children: list[_Child[J]] = []
    try:
        while waiting or children:
            while waiting and len(children) < processes:
                children.append(_started(work, waiting.pop()))
            yield from _ended(children, waiting, work, progress)
    finally:
        for child in children:
            _end(child)


def _started(work: Work[J], job: J) -> _Child[J]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work.task), daemon=True)
    process.start()
    theirs.close()
    child = _Child(process, ours, job, 0.0, 0.0)
    _hand(child, job, work)
    return child


def _hand(child: _Child[J], job: J, work: Work[J]) -> None:
    child.job, child.began = job, time.monotonic()
    child.deadline = child.began + work.seconds(job)
    try:
        child.line.send(job)
    except ConnectionError:
        return  # it died before it was asked: the line says so when it is read


def _ended(
    children: list[_Child[J]], waiting: list[J], work: Work[J], progress: Callable[[J, float], None]
) -> Iterator[Outcome[J]]:
    """Wait until a child answers, dies or is past its time; give it the next file, or let it go."""
    first = min(child.deadline for child in children)
    ready = wait([child.line for child in children], timeout=max(0.0, first - time.monotonic()))
    for child in list(children):
        job, took = child.job, time.monotonic() - child.began
        if child.line in ready:
            try:
                answer = child.line.recv()
            except (EOFError, ConnectionError):
                child.process.join(10)
                yield Outcome(job, None, _cause(child.process.exitcode), took)
                _drop(children, child)
                continue
            if isinstance(answer, float):
                progress(job, answer)
                continue
            told, reason, spent = answer
            yield Outcome(job, told, reason, took, spent)
            if waiting:
                _hand(child, waiting.pop(), work)
            else:
                _drop(children, child)
        elif time.monotonic() > child.deadline:
            yield Outcome(job, None, f"out of time: given up after {took:.0f} s", took)
            _drop(children, child)


def _cause(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"the analysis crashed: signal {-exit_code}"
    return f"the analysis crashed: exit code {exit_code}"


def _drop(children: list[_Child[J]], child: _Child[J]) -> None:
    children.remove(child)
    _end(child)


def _end(child: _Child[J]) -> None:
    child.line.close()
    if child.process.is_alive():
        child.process.kill()
    child.process.join(10)


def _serve(line: Connection, task: Task) -> None:
    """The child: work on what comes down the line until it closes."""
    os.environ.update(task.environment)
    module, _, name = task.function.partition(":")
    for loaded in (*task.loads, module):
        importlib.import_module(loaded)
    confine(task.mib)
    work = getattr(importlib.import_module(module), name)
    while True:
        try:
            job = line.recv()
        except (EOFError, ConnectionError, KeyboardInterrupt):
            return
        began = time.process_time()
        told, reason = work(job, line.send)
        line.send((told, reason, Spent(time.process_time() - began, *held_mib())))
