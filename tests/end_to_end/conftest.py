"""Lakes that are built once for all tests, also where pytest runs on several cores.

A test that changes a lake takes a copy (`commands.copied`).
"""

from pathlib import Path

import pytest

from tests.end_to_end.commands import DAYS, run_demo
from tests.end_to_end.sharing import built_once


@pytest.fixture(scope="session")
def demo_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo pack's first 122 days, built by one call of the command line. Not to be changed."""
    return built_once(tmp_path_factory, "demo", lambda lake: run_demo(lake, DAYS))


@pytest.fixture(scope="session")
def printed(demo_lake: Path) -> str:
    """What the call that built `demo_lake` printed."""
    return demo_lake.with_name("demo.done").read_text()


@pytest.fixture(scope="session")
def next_day_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One day more, built from nothing, and in a zone far from UTC. Not to be changed."""
    return built_once(tmp_path_factory, "next_day", lambda lake: run_demo(lake, DAYS + 1, TZ="Pacific/Auckland"))
