"""Analysing many files in child processes that may be killed: a file that hangs, crashes or swells ends alone.

Each child takes one file after the other and keeps its imports. A child that is past its time is killed, one that dies
takes only its own file with it, and a new one goes on with the next file.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

MIB = 2**20
PROCESS_MIB = 1_500  # what a child may allocate beyond what it starts with; three minutes need about 250
BASE_S, PER_MIB_S = 30.0, 20.0  # time limit: the size bounds what a file can decode to


@dataclass(frozen=True)
class Job:
    """A file and where its JAMS goes; its page goes beside it."""

    path: Path
    jams: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a file: plain values for the summary, or the reason why there are none."""

    job: Job
    told: dict[str, Any] | None
    reason: str | None
    wall_s: float


@dataclass
class _Child:
    process: BaseProcess
    line: Connection
    job: Job | None = None
    began: float = 0.0

    @property
    def deadline(self) -> float:
        assert self.job is not None
        return self.began + time_limit(self.job.path)


def time_limit(path: Path) -> float:
    """Seconds after which the analysis of a file is given up."""
    size = path.stat().st_size if path.exists() else 0
    return BASE_S + PER_MIB_S * size / MIB


def processes_that_fit(asked: int | None, files: int) -> int:
    """How many children to run: as asked, else one per core; never more than memory or files are there for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    free_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") / MIB
    return max(1, min(asked or cores, files, int(free_mib * 0.8 // PROCESS_MIB)))


def analyse_all(jobs: Sequence[Job], processes: int) -> Iterator[Outcome]:
    """Analyse the files and yield what became of each, in the order in which they end."""
    waiting = list(reversed(jobs))
    children: list[_Child] = []
    try:
        while waiting or children:
            while waiting and len(children) < processes:
                children.append(_started())
                _hand(children[-1], waiting.pop())
            yield from _ended(children, waiting)
    finally:
        for child in children:
            _end(child)


def _started() -> _Child:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return _Child(process, ours)


def _hand(child: _Child, job: Job) -> None:
    child.job, child.began = job, time.monotonic()
    child.line.send(job)


def _ended(children: list[_Child], waiting: list[Job]) -> Iterator[Outcome]:
    """Wait until a child answers, dies or is past its time; give it the next file, or let it go."""
    first = min(child.deadline for child in children)
    ready = wait([child.line for child in children], timeout=max(0.0, first - time.monotonic()))
    for child in list(children):
        job = child.job
        assert job is not None
        took = time.monotonic() - child.began
        if child.line in ready:
            try:
                told, reason = child.line.recv()
            except (EOFError, ConnectionError):
                child.process.join(10)
                yield Outcome(job, None, _cause(child.process.exitcode), took)
                _drop(children, child)
                continue
            yield Outcome(job, told, reason, took)
            if waiting:
                _hand(child, waiting.pop())
            else:
                _drop(children, child)
        elif time.monotonic() > child.deadline:
            yield Outcome(job, None, f"out of time: given up after {took:.0f} s", took)
            _drop(children, child)


def _cause(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"the analysis crashed: signal {-exit_code}"
    return f"the analysis crashed: exit code {exit_code}"


def _drop(children: list[_Child], child: _Child) -> None:
    children.remove(child)
    _end(child)


def _end(child: _Child) -> None:
    child.line.close()
    if child.process.is_alive():
        child.process.kill()
    child.process.join(10)


def _serve(line: Connection) -> None:
    """The child: analyse what comes down the line until it closes."""
    from audio.worker import analyse_to_jams, confine

    confine(PROCESS_MIB)
    while True:
        try:
            job = line.recv()
        except (EOFError, ConnectionError, KeyboardInterrupt):
            return
        line.send(analyse_to_jams(job.path, job.jams))
