"""Order among a forecast's numbers, and how risky its width makes it.

Belongs here: monotone repair over horizons, risk levels. Does not belong here: where the numbers come from.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

QUANTILE_COLUMNS = ("q0.1", "q0.5", "q0.9")
STATISTICS = ("mean", *QUANTILE_COLUMNS)

# (level, upper bound of the relative width (P90 - P10) / max(P50, 1)), read from top to bottom. On the wholesaler's
# development origins at 30 days about one active release in eight is Low and four in ten are High.
RISK_LEVELS: tuple[tuple[str, float], ...] = (("Low", 3.0), ("Medium", 6.0), ("High", float("inf")))


def monotone_over_horizons(statistics: NDArray[np.float64]) -> NDArray[np.float64]:
    """Statistics shaped (horizons, series, statistic) with each at least its value at the shorter horizon.

    A longer window contains the shorter one, so its total, and each quantile of it, cannot be smaller.
    """
    return np.maximum.accumulate(statistics, axis=0)


def relative_width(low: str = "q0.1", middle: str = "q0.5", high: str = "q0.9") -> pl.Expr:
    """Width of the 80% interval against the median; a median below one unit counts as one."""
    return (pl.col(high) - pl.col(low)) / pl.max_horizontal(pl.col(middle), pl.lit(1.0))


def risk_level(low: str = "q0.1", middle: str = "q0.5", high: str = "q0.9") -> pl.Expr:
    """Low, Medium or High by `RISK_LEVELS`, as an expression named risk_level."""
    width = relative_width(low, middle, high)
    level = pl.lit(RISK_LEVELS[-1][0])
    for name, bound in reversed(RISK_LEVELS[:-1]):
        level = pl.when(width <= bound).then(pl.lit(name)).otherwise(level)
    return level.alias("risk_level")
