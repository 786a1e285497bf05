"""A lake to generate in."""

from pathlib import Path

import pytest

from lake.lakehouse import Lake
from tests.generation_builders import catalogue


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose catalogue has four releases."""
    return catalogue(tmp_path / "lake")
