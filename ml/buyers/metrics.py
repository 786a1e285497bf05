"""How good a ranking is: recall and NDCG at k, and how much it leans on what is popular anyway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.buyers.recommenders.base import Ints


@dataclass(frozen=True)
class Accuracy:
    """Means over the users with at least one item held out.

    `coverage` is the share of items that anybody is offered; `popularity` the mean place of what is offered among the
    items by number of users, 1 for the most popular and 0 for the least.
    """

    recall: float
    ndcg: float
    coverage: float
    popularity: float
    users: int


def recall_at(ranked: Ints, relevant: Ints) -> float:
    """Return the share of the relevant items among the ranked ones.

    >>> recall_at(np.array([1, 2, 3]), np.array([3, 9]))
    0.5
    """
    return float(np.isin(ranked, relevant).sum() / len(relevant))


def ndcg_at(ranked: Ints, relevant: Ints) -> float:
    """Return the normalised discounted cumulative gain with gains of 0 and 1.

    >>> round(ndcg_at(np.array([3, 1]), np.array([3, 9])), 4)
    0.6131
    """
    discounts = 1 / np.log2(np.arange(2, len(ranked) + 2))
    best = discounts[: min(len(relevant), len(ranked))].sum()
    return float((np.isin(ranked, relevant) * discounts).sum() / best)


def accuracy(ranked: list[Ints], relevant: list[Ints], users_of: npt.NDArray[np.float64]) -> Accuracy:
    """Score rankings, one per user, against the items held out.

    Args:
        ranked: items by descending score, one array per user.
        relevant: the items held out, at least one per user.
        users_of: number of users of each item before the split.
    """
    if not ranked:
        return Accuracy(0.0, 0.0, 0.0, 0.0, 0)
    place = np.argsort(np.argsort(users_of, kind="stable"), kind="stable") / max(1, len(users_of) - 1)
    offered = np.concatenate(ranked)
    return Accuracy(
        recall=float(np.mean([recall_at(*pair) for pair in zip(ranked, relevant, strict=True)])),
        ndcg=float(np.mean([ndcg_at(*pair) for pair in zip(ranked, relevant, strict=True)])),
        coverage=len(np.unique(offered)) / len(users_of),
        popularity=float(place[offered].mean()) if len(offered) else 0.0,
        users=len(ranked),
    )
