"""Lakes that are built once for all tests, also where pytest runs on several cores."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

Build = Callable[[Path], object]


def built_once(factory: pytest.TempPathFactory, name: str, build: Build) -> Path:
    """The folder that the first process to come here builds; the others wait for it."""
    base = factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "shared-lakes"
    folder.mkdir(exist_ok=True)
    lake, done = folder / name, folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            done.write_text(str(build(lake)))
    return lake
