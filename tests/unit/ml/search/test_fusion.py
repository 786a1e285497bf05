"""Fused scores are the sums of reciprocal ranks."""

import pytest

from ml.search.fusion import fuse


def test_scores_are_weighted_sums_of_reciprocal_ranks() -> None:
    scores = fuse([["a", "b", "c"], ["c", "a"]], [1.0, 0.5])
    assert scores == {"a": pytest.approx(1 / 61 + 0.5 / 62), "c": pytest.approx(1 / 63 + 0.5 / 61), "b": 1 / 62}
    assert list(scores) == ["a", "c", "b"]


def test_an_item_named_twice_counts_once_and_weights_must_match() -> None:
    assert fuse([["a", "a", "b"]]) == {"a": 1 / 61, "b": 1 / 62}
    with pytest.raises(ValueError, match="zip"):
        fuse([["a"]], [1.0, 2.0])
