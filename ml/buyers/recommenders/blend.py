"""A weighted mean of several recommenders, each user's scores of each brought to mean 0 and deviation 1 first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ml.buyers.recommenders.base import Floats, Ints, Recommender

SMALLEST = 1e-9


class Blend:
    """Add up the standardised scores of the parts."""

    def __init__(self, parts: Sequence[tuple[float, Recommender]], name: str | None = None) -> None:
        self.parts = tuple(parts)
        self.name = name or "blend of " + " + ".join(part.name for _, part in parts)

    def fit(self, matrix: Any) -> Blend:
        """Fit every part."""
        for _, part in self.parts:
            part.fit(matrix)
        return self

    def score(self, rows: Any) -> Floats:
        """Return the weighted sum of the parts' standardised scores."""
        found = np.zeros(rows.shape, dtype=np.float32)
        for weight, part in self.parts:
            scores = part.score(rows)
            scores -= scores.mean(axis=1, keepdims=True)
            scores *= weight / (scores.std(axis=1, keepdims=True) + SMALLEST)
            found += scores
        return found

    def contributions(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        """Return the parts' contributions in the units of the blended score (up to a constant of the user)."""
        found = np.zeros((len(items), len(targets)), dtype=np.float32)
        for weight, part in self.parts:
            shares = part.contributions(items, weights, targets)
            spread = float(np.std(shares.sum(axis=0))) if len(targets) > 1 else float(np.abs(shares).sum())
            found += shares * np.float32(weight / (spread + SMALLEST))
        return found
