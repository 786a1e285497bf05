"""Implicit ALS: factors of users and items for confidence-weighted preferences (Hu, Koren, Volinsky, 2008).

Each half step solves its least-squares problems together by a few conjugate-gradient steps (Takács, Pilászy, Tikk,
2011), in blocks of rows, so memory stays bounded by the number of factors and not by the number of items.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.buyers.recommenders.base import Floats, Ints

ENTRIES_AT_ONCE = 400_000


class ImplicitAls:
    """Score items by the product of user and item factors.

    A weight w means preference 1 with confidence 1 + alpha * w; what is absent is preference 0 with confidence 1.
    """

    def __init__(
        self,
        factors: int = 64,
        penalty: float = 10.0,
        alpha: float = 5.0,
        rounds: int = 10,
        seed: int = 0,
        name: str = "implicit ALS",
    ) -> None:
        self.factors = factors
        self.penalty = penalty
        self.alpha = alpha
        self.rounds = rounds
        self.seed = seed
        self.name = name

    def fit(self, matrix: Any) -> ImplicitAls:
        """Alternate between user and item factors."""
        rng = np.random.default_rng(self.seed)
        shape = (matrix.shape[0] + matrix.shape[1], self.factors)
        drawn = (rng.standard_normal(shape) * 0.01).astype(np.float32)
        users, self._items = drawn[: matrix.shape[0]].copy(), drawn[matrix.shape[0] :].copy()
        rows, columns = matrix.tocsr(), matrix.T.tocsr()
        for _ in range(self.rounds):
            users = self._solve(rows, self._items, users)
            self._items = self._solve(columns, users, self._items)
        return self

    @property
    def item_factors(self) -> Floats:
        """The factors of the items, shape (items, factors)."""
        return self._items

    def score(self, rows: Any) -> Floats:
        """Fold the rows in, and multiply with the item factors."""
        start = np.zeros((rows.shape[0], self.factors), dtype=np.float32)
        users = self._solve(rows, self._items, start, steps=8)
        return np.asarray(users @ self._items.T, dtype=np.float32)

    def contributions(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        """Return the exact share of each item in the target's score (section 5 of the paper)."""
        confidence = 1 + self.alpha * weights
        mine = self._items[items]
        system = self._items.T @ self._items + mine.T @ (mine * (confidence - 1)[:, None])
        system[np.diag_indices_from(system)] += np.float32(self.penalty)
        return np.asarray(confidence[:, None] * (mine @ np.linalg.solve(system, self._items[targets].T)), np.float32)

    def _solve(self, rows: Any, fixed: Floats, start: Floats, steps: int = 3) -> Floats:
        gram = fixed.T @ fixed + np.float32(self.penalty) * np.eye(self.factors, dtype=np.float32)
        solved = np.empty_like(start)
        begin = 0
        while begin < rows.shape[0]:
            full = np.searchsorted(rows.indptr, rows.indptr[begin] + ENTRIES_AT_ONCE, side="right") - 1
            end = min(rows.shape[0], max(begin + 1, int(full)))
            solved[begin:end] = self._block(rows[begin:end], fixed, gram, start[begin:end], steps)
            begin = end
        return solved

    def _block(self, rows: Any, fixed: Floats, gram: Floats, found: Floats, steps: int) -> Floats:
        """Conjugate gradients for all rows of a block at once."""
        from scipy import sparse

        place = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        theirs = fixed[rows.indices]
        extra = (self.alpha * rows.data).astype(np.float32)

        def spread(values: Floats) -> Floats:
            weighted = sparse.csr_matrix((values, rows.indices, rows.indptr), shape=rows.shape)
            return np.asarray(weighted @ fixed, dtype=np.float32)

        def apply(vector: Floats) -> Floats:
            return vector @ gram + spread(extra * np.einsum("ij,ij->i", theirs, vector[place]))

        residual = spread(1 + extra) - apply(found)
        direction, norm = residual.copy(), np.einsum("ij,ij->i", residual, residual)
        for _ in range(steps):
            moved = apply(direction)
            length = norm / np.maximum(np.einsum("ij,ij->i", direction, moved), 1e-20)
            found = found + length[:, None] * direction
            residual = residual - length[:, None] * moved
            new = np.einsum("ij,ij->i", residual, residual)
            direction = residual + (new / np.maximum(norm, 1e-20))[:, None] * direction
            norm = new
        return found
