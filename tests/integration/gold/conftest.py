"""A lake of its own for each test, and gold built on it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lake.gold.build import GoldBuild
from lake.lakehouse import Lake
from tests.integration.gold.building import build_gold


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def gold(lake: Lake) -> Callable[[str], GoldBuild]:
    """Build every model of gold in a session of the given name; fails when a model or a test does."""
    return lambda run_id: build_gold(lake, run_id)
