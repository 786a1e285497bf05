"""EASE: a linear model of items on items with a closed form (Steck, 2019, "Embarrassingly Shallow Autoencoders").

The item x item matrix is dense, so the model is offered up to 10,000 items: 400 MB and one inversion.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.buyers.recommenders.base import Floats, Ints

MOST_ITEMS = 10_000


class Ease:
    """Score items by `X B`, where B has a zero diagonal and reconstructs X under a ridge penalty."""

    def __init__(self, penalty: float, name: str | None = None) -> None:
        self.penalty = penalty
        self.name = name or f"ease, penalty {penalty:g}"

    def fit(self, matrix: Any) -> Ease:
        """Invert the regularised item x item matrix in place."""
        from scipy.linalg import lapack

        # The product of sparse matrices becomes dense only once; Fortran order lets LAPACK work in place.
        gram = np.asfortranarray((matrix.T @ matrix).toarray(), dtype=np.float32)
        gram[np.diag_indices_from(gram)] += np.float32(self.penalty)
        factor, info = lapack.spotrf(gram, lower=1, overwrite_a=1, clean=0)
        if info != 0:
            raise ValueError(f"EASE: the item matrix cannot be inverted with penalty {self.penalty}; give a larger one")
        inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
        _mirror(inverse)
        inverse /= -np.diagonal(inverse).copy()
        np.fill_diagonal(inverse, 0.0)
        self._weights = inverse
        return self

    def score(self, rows: Any) -> Floats:
        """Return `X B` for the rows."""
        return np.asarray(rows @ self._weights, dtype=np.float32)

    def contributions(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        """Return weight times coefficient for each item and target."""
        found: Floats = weights[:, None] * self._weights[np.ix_(items, targets)]
        return found


def _mirror(lower: Floats, block: int = 512) -> None:
    """Copy the lower triangle into the upper one, block by block."""
    for start in range(0, len(lower), block):
        stop = min(start + block, len(lower))
        lower[start:stop, stop:] = lower[stop:, start:stop].T
        square = np.tril(lower[start:stop, start:stop])
        lower[start:stop, start:stop] = square + np.tril(square, -1).T
