"""The best unseen items of each user, by the scores of a recommender."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.buyers.recommenders.base import Floats, Ints, Recommender

CELLS_AT_ONCE = 20_000_000


def ranked_items(
    model: Recommender,
    rows: Any,
    seen: Any,
    k: int,
    available: npt.NDArray[np.bool_] | None = None,
    hidden: Any = None,
) -> Iterator[tuple[Ints, Floats]]:
    """Yield, user by user, the best `k` items and their scores; fewer where fewer are left.

    Ties go to the more popular item, then to the first, so the same rows give the same ranking.

    Args:
        model: fitted on matrices of this width.
        rows: CSR matrix of what each user has, as the model takes it.
        seen: CSR matrix of the same shape; its entries are never offered.
        k: items per user.
        available: whether each item may be offered at all.
        hidden: CSR matrix of the same shape, whose entries are not offered either.
    """
    users, items = rows.shape
    popular = np.asarray((seen > 0).sum(axis=0), dtype=np.float32).ravel()
    step = max(1, CELLS_AT_ONCE // max(1, items))
    for start in range(0, users, step):
        block = model.score(rows[start : start + step])
        mine = seen[start : start + step].tocoo()
        block[mine.row, mine.col] = -np.inf
        if hidden is not None:
            theirs = hidden[start : start + step].tocoo()
            block[theirs.row, theirs.col] = -np.inf
        if available is not None:
            block[:, ~available] = -np.inf
        for scores in block:
            yield _best(scores, popular, k)


def _best(scores: Floats, popular: Floats, k: int) -> tuple[Ints, Floats]:
    left = int(np.isfinite(scores).sum())
    k = min(k, left)
    if k == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    bound = np.partition(scores, len(scores) - k)[len(scores) - k]
    found = np.flatnonzero(scores >= bound)
    order = np.lexsort((found, -popular[found], -scores[found]))[:k]
    best = found[order].astype(np.int64)
    return best, scores[best]
