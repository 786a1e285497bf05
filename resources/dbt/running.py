"""The build that dbt is running for: the runner hands it to dbt-duckdb's plugin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lake.gold.build import GoldBuild
from lake.gold.due import Due

_current: tuple[GoldBuild, Due] | None = None


class NoBuildError(RuntimeError):
    """dbt was started by hand; it needs the versions that a build has pinned."""


def current() -> tuple[GoldBuild, Due]:
    """The build that dbt is running for, and what it runs."""
    if _current is None:
        raise NoBuildError("dbt needs the versions that a run has pinned; start it with `lacquer run` or from Dagster")
    return _current


@contextmanager
def running(build: GoldBuild, due: Due) -> Iterator[Any]:
    """Hand the build to dbt for the time of one invocation."""
    global _current
    _current = build, due
    try:
        yield
    finally:
        _current = None
