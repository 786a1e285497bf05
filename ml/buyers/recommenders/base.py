"""What every recommender offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    pass

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Csr = "csr_matrix"


class Recommender(Protocol):
    """A model that scores all items for rows of a user x item matrix."""

    name: str

    def fit(self, matrix: Any) -> Recommender:
        """Learn from a CSR matrix of users x items with positive weights."""
        ...

    def score(self, rows: Any) -> Floats:
        """Return the scores of all items for CSR rows, shape (rows, items)."""
        ...

    def contributions(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        """Return what each of a user's `items` adds to the score of each target, shape (items, targets)."""
        ...
