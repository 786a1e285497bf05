"""Work that only one process of the machine may do on a lake at a time.

Commits are safe without it (:mod:`lake.delta.commits`). It is for work that spans several tables and finds, after a
kill, what it left in them: two such processes at once could not tell their traces apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def only_one(root: Path, work: str) -> Iterator[None]:
    """Hold the lake alone for this kind of work; a second process waits. The lock goes with the process, however."""
    import fcntl

    with _lock_file(root, work) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def only_if_free(root: Path, work: str) -> Iterator[bool]:
    """The same for who would rather do something else than wait: whether the lake is held alone for the work."""
    import fcntl

    with _lock_file(root, work) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _lock_file(root: Path, work: str) -> BinaryIO:
    folder = root / "lake"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / f".{work}.lock").open("wb")
