"""What a test needs and a machine may lack: without it the test is skipped; on CI, which has everything, it fails."""

import os
import shutil
from importlib.util import find_spec
from typing import TypeVar

import pytest

T = TypeVar("T")


def on_ci() -> bool:
    """Whether this is the run that may leave nothing out."""
    return os.environ.get("CI") == "true"


def need(what: T | None, otherwise: str) -> T:
    """`what` as it is where it is there (true, not None); else a skip, on CI a failure, that says `otherwise`."""
    if what:
        return what
    if on_ci():
        pytest.fail(otherwise)
    pytest.skip(otherwise)


def need_program(name: str) -> str:
    """The path of a program that the machine's package `name` brings."""
    return need(shutil.which(name), f"no {name} on this machine: apt-get install {name}")


def need_packages(*names: str, target: str) -> None:
    """Packages that only `make target` installs."""
    missing = [name for name in names if find_spec(name) is None]
    need(not missing, f"not installed: {', '.join(missing)}; make {target}")
