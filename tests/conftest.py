"""What every test may use: the public data sets, and one hypothesis profile for all.

Nothing heavy and nothing automatic: fixtures of one package's tests stand in that package's own conftest.
"""

import gc
import os
from pathlib import Path

import hypothesis
import pytest

from tests.needs import need, on_ci

CHECKOUT = Path(__file__).resolve().parent.parent

# Time limits are pytest-timeout's work. On CI the examples are the same each time, so that a red run can be repeated.
hypothesis.settings.register_profile("lacquer", deadline=None, derandomize=on_ci(), print_blob=True)
hypothesis.settings.load_profile("lacquer")


@pytest.fixture(scope="session")
def lacquer_data() -> Path:
    """The folder of the public data sets: LACQUER_DATA, else ../shared/data beside the checkout."""
    folder = Path(os.environ.get("LACQUER_DATA") or CHECKOUT.parent / "shared" / "data")
    need(folder.is_dir(), f"no public data sets in {folder}: set LACQUER_DATA to their folder")
    return folder


def pytest_sessionfinish() -> None:
    """Let go of what the definitions froze: of DuckDB connections from before, its binding would say that they leak."""
    gc.unfreeze()
