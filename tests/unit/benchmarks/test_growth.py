"""A file a day with daily upkeep: what a lake holds in files stays as it was, and its rows are right."""

import pytest

from benchmarks.growth import grow

pytestmark = pytest.mark.heavy


def test_files_and_rows_of_daily_drops() -> None:
    printed: list[str] = []
    early, late = grow(24, printed.append, shown=(12, 24))
    assert early.is_right
    assert late.is_right
    assert late.data_files <= early.data_files + 8  # eight small files of a table are merged into one
    assert printed[-1].startswith("day 24: ")
    assert printed[-1].endswith("rows right")
