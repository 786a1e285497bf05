"""Two lakes are compared by what readers see of them, also tables that are merged by key."""

from pathlib import Path

from lake.difference import compare_lakes
from lake.lakehouse import Lake
from tests.lake_builders import loaded, new_session, stated


def published(root: Path, *quantities: int) -> Lake:
    lake = Lake(root)
    loaded(lake, [stated(position, qty=quantity) for position, quantity in enumerate(quantities, 1)])
    lake.publish(new_session(lake).versions, "run")
    return lake


def test_rows_of_a_merged_table_are_compared_without_its_marks_of_deletion(tmp_path: Path) -> None:
    left, right = published(tmp_path / "left", 1, 2), published(tmp_path / "right", 1, 3)
    (found,) = compare_lakes(left, right, ["silver/lines"])
    assert (found.left_rows, found.right_rows, found.only_left, found.only_right) == (1, 1, 1, 1)
    (same,) = compare_lakes(left, left, ["silver/lines"])
    assert (same.only_left, same.only_right) == (0, 0)
