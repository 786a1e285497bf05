"""What an installation orders by: plain numbers, read before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass

LOWEST, HIGHEST = 0.01, 0.99  # the two-piece log-normal is not asked for more


@dataclass(frozen=True)
class Rules:
    """What an installation orders by.

    Attributes:
        service_level: share of cases in which demand is to be met from stock.
        cost_share: what a unit costs to buy, as a share of what its units have brought on average so far.
        overage_share: what a unit left over loses, as a share of its cost; the rest comes back by return or clearance.
    """

    service_level: float
    cost_share: float
    overage_share: float

    def __post_init__(self) -> None:
        """Raise ValueError for a rule that no order can follow."""
        if not LOWEST <= self.service_level <= HIGHEST:
            raise ValueError(f"service level {self.service_level}: give a share from {LOWEST} to {HIGHEST}, as 0.95")
        if not 0 < self.cost_share <= 1 or not 0 < self.overage_share <= 1:
            raise ValueError(
                f"cost share {self.cost_share}, overage share {self.overage_share}: each lies above 0, at most at 1"
            )
