"""Groups keep order and bound."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lake.grouping import grouped


@given(st.lists(st.integers(0, 20)), st.integers(1, 30))
def test_groups_hold_everything_in_order_and_none_is_larger_than_it_must_be(sizes: list[int], limit: int) -> None:
    groups = list(grouped(sizes, lambda size: size, limit))
    assert [size for group in groups for size in group] == sizes
    assert all(group for group in groups)
    assert all(sum(group) <= limit or len(group) == 1 for group in groups)
    assert all(sum(group) + after[0] > limit for group, after in itertools.pairwise(groups))
