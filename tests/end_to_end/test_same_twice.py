"""Two lakes built from the same files are equal, to the last bit of every number."""

from pathlib import Path

import pytest

from tests.end_to_end.commands import DAYS, run_demo
from tests.end_to_end.states import assert_same_tables

pytestmark = pytest.mark.heavy


def test_two_lakes_of_the_same_files_are_equal(demo_lake: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    run_demo(again, DAYS)
    assert_same_tables(demo_lake, again)
