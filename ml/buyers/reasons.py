"""Why an item is offered: the purchases that speak most for it, and how many users have both.

A reason is a fact: the count can be recomputed with one query on the rows, and without the cited purchases the item
would rank lower.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.buyers.recommenders.base import Floats, Ints, Recommender

MOST_CITED = 3
BLOCK = 256
COUNT_SQL = """
select count(distinct a.user_id)
from interactions as a inner join interactions as b using (user_id)
where a.item_id = $cited and b.item_id = $item
"""


def cited_items(model: Recommender, items: Ints, weights: Floats, targets: Ints) -> list[Ints]:
    """Return for each target the user's items that add most to its score, most first; none where none adds.

    Args:
        model: the fitted recommender.
        items: what the user has.
        weights: how the model takes them.
        targets: what is offered.
    """
    if not len(items) or not len(targets):
        return [np.empty(0, dtype=np.int64) for _ in targets]
    shares = model.contributions(items, weights, targets)
    order = np.argsort(-shares, axis=0, kind="stable")[:MOST_CITED]
    return [items[order[shares[order[:, j], j] > 0, j]] for j in range(len(targets))]


def counts_of_both(seen: Any, first: Ints, second: Ints) -> Ints:
    """Return how many users have both items of each pair, a block of items at a time."""
    columns = (seen > 0).astype(np.int32).tocsc()
    rows = columns.tocsr()
    found = np.zeros(len(first), dtype=np.int64)
    order = np.argsort(first, kind="stable")
    for start in range(0, columns.shape[1], BLOCK):
        stop = start + BLOCK
        mine = order[np.searchsorted(first[order], start) : np.searchsorted(first[order], stop)]
        if len(mine):
            both = np.asarray((columns[:, start:stop].T @ rows).toarray())
            found[mine] = both[first[mine] - start, second[mine]]
    return found


def sentences(cited: list[list[str]], counts: list[list[int]], buyers: list[int]) -> list[str]:
    """Return the reasons in words; where nothing is cited, how many users have the item."""
    found = []
    for names, both, users in zip(cited, counts, buyers, strict=True):
        parts = [f"{name} (both: {count})" for name, count in zip(names, both, strict=True)]
        found.append(f"has {', '.join(parts)}" if parts else f"popular: {users} have it")
    return found
