"""Join rankings whose scores do not compare: reciprocal rank fusion (Cormack, Clarke, Büttcher 2009)."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
K = 60  # of the paper; a larger value trusts the first ranks less


def fuse(rankings: Sequence[Sequence[Item]], weights: Sequence[float] | None = None) -> dict[Item, float]:
    """The fused score of each item, the best first: the sum of weight / (60 + rank) over the rankings that hold it.

    Ties keep the order in which the items were met, so the first ranking decides.

    >>> fuse([["a", "b"], ["b", "c"]])["b"] == 1 / 62 + 1 / 61
    True
    >>> list(fuse([["a", "b"], ["b", "c"]]))
    ['b', 'a', 'c']

    Raises:
        ValueError: there is not one weight for each ranking.
    """
    scores: dict[Item, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, item in enumerate(dict.fromkeys(ranking), 1):
            scores[item] = scores.get(item, 0.0) + weight / (K + rank)
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))
