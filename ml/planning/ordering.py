"""How many units to have, for a service level or for what a unit earns and costs.

The newsvendor (Arrow, Harris, Marschak 1951): with `under` lost for each unit that is wanted and not there, and `over`
for each that is left, the best quantity is the demand's quantile at the critical ratio `under / (under + over)`.
"""

from __future__ import annotations

import numpy as np

from ml.planning.distribution import Floats


def critical_ratio(price: Floats, cost: Floats, overage_share: float) -> Floats:
    """The level to stock to (n,): 0 where a unit earns nothing, NaN where its price is not known."""
    under = np.maximum(price - cost, 0.0)
    return under / (under + overage_share * cost)


def whole(units: Floats) -> Floats:
    """The units rounded up; what is only the last digits' rounding is none."""
    rounded: Floats = np.ceil(np.round(units, 6))
    return rounded


def order(target: Floats, available: Floats, incoming: Floats) -> Floats:
    """Whole units (n,) that are missing to the target stock; none below zero, NaN where the stock is not known.

    `available` may be negative, where more is promised than there is.
    """
    return np.maximum(whole(target - available - incoming), 0.0)
