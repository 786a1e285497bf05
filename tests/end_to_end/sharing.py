"""Lakes that are built once for all tests, also where pytest runs on several cores."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lake.delta.storage import locked

Build = Callable[[Path], object]


def built_once(factory: pytest.TempPathFactory, name: str, build: Build) -> Path:
    """The folder that the first process to come here builds; the others wait for it."""
    base = factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "shared-lakes"
    folder.mkdir(exist_ok=True)
    lake, done = folder / name, folder / f"{name}.done"
    with locked(folder / f"{name}.lock"):
        if not done.exists():
            done.write_text(str(build(lake)))
    return lake
