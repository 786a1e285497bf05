"""Item neighbours: items are alike when the same users have them (cosine, shrunk towards zero for rare pairs)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.buyers.recommenders.base import Floats, Ints

BLOCK = 256


class ItemNeighbours:
    """Score an item by its similarity to what the user has, over each item's nearest neighbours only."""

    def __init__(self, neighbours: int = 100, shrink: float = 10.0, name: str = "item neighbours") -> None:
        self.neighbours = neighbours
        self.shrink = shrink
        self.name = name

    def fit(self, matrix: Any) -> ItemNeighbours:
        """Find the neighbours of each item, a block of items at a time so that memory stays bounded."""
        from scipy import sparse

        columns = matrix.tocsc()
        lengths = np.sqrt(np.asarray(columns.multiply(columns).sum(axis=0))).ravel().astype(np.float32)
        rows = matrix.tocsr()
        parts = []
        for start in range(0, matrix.shape[1], BLOCK):
            stop = min(start + BLOCK, matrix.shape[1])
            dots = np.asarray((columns[:, start:stop].T @ rows).toarray(), dtype=np.float32)
            dots /= lengths[start:stop, None] * lengths[None, :] + np.float32(self.shrink)
            dots[np.arange(stop - start), np.arange(start, stop)] = 0.0
            parts.append(_nearest(dots, self.neighbours))
        self._similar = sparse.vstack(parts).tocsr() if parts else sparse.csr_matrix((0, 0), dtype=np.float32)
        self._by_item = self._similar.T.tocsr()  # row: what a user has; column: what it speaks for
        return self

    @property
    def similar(self) -> Any:
        """CSR matrix of items x items: each item's nearest neighbours with their similarity."""
        return self._similar

    def score(self, rows: Any) -> Floats:
        """Return the sum of similarities to what each row has."""
        return np.asarray((rows @ self._by_item).toarray(), dtype=np.float32)

    def contributions(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        """Return weight times similarity for each item and target."""
        dense = np.asarray(self._by_item[items][:, targets].toarray(), dtype=np.float32)
        found: Floats = weights[:, None] * dense
        return found


def _nearest(block: Floats, count: int) -> Any:
    """Keep the greatest `count` similarities of each row, as a sparse matrix."""
    from scipy import sparse

    items = block.shape[1]
    if items > count:
        weakest = np.partition(block, items - count, axis=1)[:, items - count]
        block = np.where(block >= weakest[:, None], block, np.float32(0))
    return sparse.csr_matrix(block)
