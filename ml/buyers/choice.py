"""Which recommender serves: all candidates are compared on a split in global time, and the best by NDCG is taken.

Rows after the cut are held out for all users at once, as in use; without `ds` a fifth of each user's items is held out
at random (seeded). Only users who have rows before the cut count, and only pairs that are new after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.buyers.interactions import Form, Interactions
from ml.buyers.metrics import Accuracy, accuracy
from ml.buyers.ranking import ranked_items
from ml.buyers.recommenders.als import ImplicitAls
from ml.buyers.recommenders.base import Recommender
from ml.buyers.recommenders.blend import Blend
from ml.buyers.recommenders.ease import MOST_ITEMS, Ease
from ml.buyers.recommenders.neighbours import ItemNeighbours
from ml.buyers.recommenders.popularity import Popularity

HELD_OUT = 0.2
FEWEST_USERS = 20  # below this, a split in time says nothing and the random one decides
MOST_USERS = 3_000  # scored per candidate
EASE_GRID_ITEMS = 4_000  # up to here, several penalties are tried
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Candidate:
    """A recommender, not yet fitted, with the form of weights that it takes."""

    form: Form
    make: Callable[[], Recommender]

    @property
    def name(self) -> str:
        """Model and form, for tables of results."""
        return f"{self.make().name} ({self.form.name})"

    def fit(self, rows: Interactions, keep: Bools | None = None) -> tuple[Recommender, Any]:
        """Fit on the rows kept; return the model and the matrix it saw."""
        matrix = rows.matrix(self.form, keep)
        return self.make().fit(matrix), matrix


@dataclass(frozen=True)
class Compared:
    """A candidate with its accuracy on the rows held out."""

    candidate: Candidate
    accuracy: Accuracy


def candidates(rows: Interactions, seed: int = 0) -> list[Candidate]:
    """Return what is worth comparing for data of this size, the simple rule first."""
    plain, log = Form(is_log=False), Form(is_log=True)
    found = [
        Candidate(plain, Popularity),
        Candidate(log, ItemNeighbours),
        Candidate(log, partial(ImplicitAls, seed=seed)),
    ]
    items = rows.shape[1]
    if items <= MOST_ITEMS:
        penalties = (30.0, 100.0, 300.0, 1000.0) if items <= EASE_GRID_ITEMS else (200.0,)
        found += [Candidate(form, partial(Ease, penalty)) for penalty in penalties for form in (log, plain)]
    if rows.time is not None and (span := float(rows.time.max(initial=0.0))) > 0:
        recent = Form(is_log=True, half_life=span / 4)
        found += [Candidate(recent, Popularity), Candidate(recent, ItemNeighbours)]
        if items <= EASE_GRID_ITEMS:
            found.append(Candidate(recent, partial(Ease, 100.0)))
    if items <= MOST_ITEMS:
        found.append(Candidate(log, partial(blend, 100.0 if items <= EASE_GRID_ITEMS else 200.0, seed)))
    return found


def blend(penalty: float, seed: int) -> Recommender:
    """Return EASE, ALS and item neighbours together."""
    return Blend(
        [(1.0, Ease(penalty)), (0.5, ImplicitAls(seed=seed)), (0.5, ItemNeighbours())], f"blend, ease {penalty:g}"
    )


def split(rows: Interactions, seed: int = 0) -> tuple[Bools, str]:
    """Return which rows are learnt from, and how they were parted from the rest."""
    if rows.time is not None:
        cut = float(np.quantile(rows.time, 1 - HELD_OUT))
        before = rows.time <= cut
        if before.all():
            before = rows.time < cut
        if len(_held_out(rows, before)[0]) >= FEWEST_USERS:
            return before, "global time"
    pair = rows.user * rows.shape[1] + rows.item
    distinct, place = np.unique(pair, return_inverse=True)
    drawn = np.random.default_rng(seed).random(len(distinct))
    user = distinct // rows.shape[1]
    order = np.lexsort((drawn, user))
    starts = np.searchsorted(user, user, side="left")
    counts = np.searchsorted(user, user, side="right") - starts
    rank = np.empty(len(distinct), dtype=np.int64)
    rank[order] = np.arange(len(distinct)) - starts[order]
    kept = rank >= np.floor(HELD_OUT * counts)
    return kept[place], "random per user"


def compare(rows: Interactions, tried: list[Candidate], keep: Bools, k: int = 20, seed: int = 0) -> list[Compared]:
    """Fit every candidate on the rows kept and score it on the others, best first; equals keep their order."""
    users, relevant = _held_out(rows, keep)
    if len(users) > MOST_USERS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(users), MOST_USERS, replace=False))
        users, relevant = users[chosen], [relevant[place] for place in chosen]
    seen = rows.matrix(Form(is_log=False), keep)
    users_of = np.asarray((seen > 0).sum(axis=0), dtype=np.float64).ravel()
    found = []
    for candidate in tried:
        model, matrix = candidate.fit(rows, keep)
        ranked = [items for items, _ in ranked_items(model, matrix[users], seen[users], k)]
        found.append(Compared(candidate, accuracy(ranked, relevant, users_of)))
    return sorted(found, key=lambda one: -one.accuracy.ndcg)


def _held_out(rows: Interactions, keep: Bools) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.int64]]]:
    """Return the users with rows on both sides, and the new items of each after the cut."""
    plain = Form(is_log=False)
    before, after = rows.matrix(plain, keep), rows.matrix(plain, ~keep)
    new = (after - after.multiply(before > 0)).tocsr()
    new.eliminate_zeros()
    counts = np.diff(new.indptr)
    users = np.flatnonzero((counts > 0) & (np.diff(before.indptr) > 0))
    return users, [new.indices[new.indptr[user] : new.indptr[user + 1]].astype(np.int64) for user in users]
