"""Work that only one process of the machine may do on a lake at a time.

Commits are safe without it (:mod:`lake.commits`). It is for work that spans several tables and is told, after a kill,
by what it left in them: of two such at once neither could tell its own traces from the other's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_one(root: Path, work: str) -> Iterator[None]:
    """Hold the lake alone for this kind of work; a second process waits. The lock goes with the process, however."""
    import fcntl

    folder = root / "lake"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{work}.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
