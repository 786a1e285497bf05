"""The drill of recovery: a lake that was lost comes back with every row."""

import pytest

from benchmarks.drill import drill


@pytest.mark.heavy
def test_a_lost_lake_comes_back_with_every_row() -> None:
    done = drill(36_000)
    assert done.is_equal
    assert done.rows == 36_000
