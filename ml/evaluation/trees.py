"""How LightGBM is fitted everywhere: reproducible, one thread a fit, small bins.

Two fits side by side beat one on two cores, and idle OpenMP threads burn a busy machine; so a fit has one thread. The
same rows give the same bytes.
"""

from typing import Any, Protocol


class TreeSettings(Protocol):
    """What the settings of every boosted model hold."""

    @property
    def seed(self) -> int:
        """Of rows and columns drawn."""

    @property
    def leaves(self) -> int:
        """At most so many a tree."""

    @property
    def learning_rate(self) -> float:
        """Share of each tree that counts."""

    @property
    def min_rows_per_leaf(self) -> int:
        """A leaf with fewer training rows is not made."""


def parameters(objective: str, settings: TreeSettings, feature_share: float, **more: Any) -> dict[str, Any]:
    """LightGBM's parameters; ``more`` adds to them or replaces some.

    >>> from types import SimpleNamespace
    >>> small = SimpleNamespace(seed=1, leaves=15, learning_rate=0.1, min_rows_per_leaf=50)
    >>> parameters("l2", small, 0.7)["num_leaves"]
    15
    """
    return {
        "objective": objective,
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_rows_per_leaf,
        "feature_fraction": feature_share,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "max_bin": 63,
        "num_threads": 1,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
        **more,
    }
