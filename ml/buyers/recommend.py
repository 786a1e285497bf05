"""Recommendations for rows of who bought what: the best recommender, its ranking, and the reasons.

>>> import polars as pl
>>> rows = pl.DataFrame({"user_id": ["a", "a", "b"], "item_id": ["x", "y", "x"], "weight": [1, 1, 1]})
>>> recommend(rows, k=5).recommendations.select("user_id", "item_id", "rank").rows()
[('b', 'y', 1)]
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ml.buyers.blocked import Blocked, Pairs
from ml.buyers.choice import Candidate, Compared, candidates, compare, split
from ml.buyers.interactions import Interactions
from ml.buyers.ranking import ranked_items
from ml.buyers.reasons import cited_items, counts_of_both, sentences
from ml.buyers.recommenders.base import Recommender

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "user_id": pl.String,
    "item_id": pl.String,
    "rank": pl.Int32,
    "score": pl.Float64,
    "reason": pl.String,
    "cited": pl.List(pl.String),
}


@dataclass(frozen=True)
class Recommended:
    """The ranking, and what it rests on.

    `recommendations` has a row per user and item: user_id, item_id, rank (from 1), score, reason, cited (item ids).
    `compared` lists the candidates, best first; the first serves. `split` says how they were compared.
    """

    recommendations: pl.DataFrame
    compared: list[Compared]
    split: str
    serving: str


def recommend(
    frame: pl.DataFrame,
    k: int = 20,
    *,
    seed: int = 0,
    available: Collection[str] | None = None,
    blocked: Pairs = (),
) -> Recommended:
    """Rank the unseen items of every user.

    Args:
        frame: user_id, item_id, weight, and ds where it is known.
        k: items per user.
        seed: of random splits and factors; the same seed gives the same ranking.
        available: the items that may be offered; None for all.
        blocked: pairs of user and item that are never offered; None in one stands for all.

    Raises:
        InteractionsError: the rows cannot be used.
    """
    rows = Interactions.from_frame(frame)
    keep, how = split(rows, seed)
    compared = compare(rows, candidates(rows, seed), keep, seed=seed)
    best = compared[0].candidate
    return Recommended(rank(rows, best, k, available, blocked), compared, how, best.name)


def rank(
    rows: Interactions,
    candidate: Candidate,
    k: int,
    available: Collection[str] | None = None,
    blocked: Pairs = (),
) -> pl.DataFrame:
    """Fit a candidate on all rows and rank each user's unseen items, with reasons."""
    model, matrix = candidate.fit(rows)
    hidden = Blocked(blocked, rows.users, rows.items).matrix() if blocked else None
    mask = None if available is None else rows.items.is_in(list(available)).to_numpy()
    users: list[int] = []
    targets: list[np.ndarray[Any, Any]] = []
    scores: list[np.ndarray[Any, Any]] = []
    cited: list[np.ndarray[Any, Any]] = []
    for user, (items, values) in enumerate(ranked_items(model, matrix, rows.seen, k, mask, hidden)):
        cited += _cited(model, matrix, user, items)
        users += [user] * len(items)
        targets.append(items)
        scores.append(values)
    if not users:
        return pl.DataFrame(schema=SCHEMA)
    item = np.concatenate(targets)
    place = np.concatenate([np.arange(1, len(one) + 1) for one in targets])
    names = _names(rows, cited)
    return pl.DataFrame(
        {
            "user_id": rows.users.gather(users),
            "item_id": rows.items.gather(item),
            "rank": place,
            "score": np.concatenate(scores),
            "reason": _reasons(rows, item, cited, names),
            "cited": names,
        },
        schema=SCHEMA,
    )


def _cited(model: Recommender, matrix: Any, user: int, targets: Any) -> list[Any]:
    mine = slice(matrix.indptr[user], matrix.indptr[user + 1])
    return cited_items(model, matrix.indices[mine].astype(np.int64), matrix.data[mine], targets)


def _names(rows: Interactions, cited: list[Any]) -> list[list[str]]:
    flat = rows.items.gather(np.concatenate(cited).astype(np.int64)).to_list()
    bounds = np.concatenate([[0], np.cumsum([len(one) for one in cited])]).tolist()
    return [flat[start:stop] for start, stop in itertools.pairwise(bounds)]


def _reasons(rows: Interactions, item: Any, cited: list[Any], names: list[list[str]]) -> list[str]:
    lengths = [len(one) for one in cited]
    first = np.concatenate(cited).astype(np.int64)
    both = counts_of_both(rows.seen, first, np.repeat(item, lengths))
    starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    flat = both.tolist()
    counts = [flat[start:stop] for start, stop in itertools.pairwise(starts)]
    users_of = np.asarray((rows.seen > 0).sum(axis=0)).ravel()
    return sentences(names, counts, users_of[item].tolist())
