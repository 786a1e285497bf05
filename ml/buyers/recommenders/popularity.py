"""Popularity: every user is offered what most users have. The simple rule that the others must beat."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.buyers.recommenders.base import Floats, Ints


class Popularity:
    """Score an item by the sum of its weights, the same for every user."""

    def __init__(self, name: str = "popularity") -> None:
        self.name = name

    def fit(self, matrix: Any) -> Popularity:
        """Sum the weights of each item."""
        total = np.asarray(matrix.sum(axis=0), dtype=np.float32).ravel()
        self._score = total / max(float(total.max(initial=0.0)), 1e-9)
        return self

    def score(self, rows: Any) -> Floats:
        """Return the same scores for every row."""
        return np.tile(self._score, (rows.shape[0], 1))

    def contributions(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        """Return zeros: a user's own purchases do not matter here."""
        return np.zeros((len(items), len(targets)), dtype=np.float32)
