"""A small lake of the simulated distributor, landed once for all tests, and how a landing folder is read back."""

import hashlib
from pathlib import Path

import pytest

from demo.packs import PACKS

OPTIONS = {"seed": 11, "order_lines": 200_000, "start": "2024-01-01", "days": 130, "history_days": 100}


@pytest.fixture(scope="session")
def small_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with 100 days of history by month and 30 daily drops; read only."""
    root = tmp_path_factory.mktemp("demo") / "lake"
    PACKS["demo"].land(root, options=OPTIONS)
    return root


def contents(root: Path) -> dict[str, str]:
    """The hash of each landing file, by its path."""
    folder = root / "landing"
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*/*"))
    }
