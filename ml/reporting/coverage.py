"""How often sales stayed at or below each level of their forecast, which is what the level promises.

Between and beyond P10, P50 and P90 levels are those of ml.planning.distribution. Where sales and a level are both zero,
the tie is counted by chance in the right proportion (randomised PIT; Czado, Gneiting, Held 2009): the share between
what is surely below and what is at most as high, taken at its middle.
"""

from __future__ import annotations

import numpy as np

from ml.planning.distribution import Floats, quantile

LEVELS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


def observed_shares(p10: Floats, p50: Floats, p90: Floats, actual: Floats) -> list[float]:
    """For each of LEVELS, the share of forecasts whose actual came at or below the level.

    A tie at zero counts by the share of the forecast's own zeros that lies below the level: level / chance of zero.
    """
    zeros = _chance_of_zero(p10, p50, p90)
    shares = []
    for level in LEVELS:
        units = quantile(p10, p50, p90, level)
        tied = (actual == 0) & (units == 0)
        below = np.where(tied, np.minimum(level / np.maximum(zeros, level), 1.0), actual <= units)
        shares.append(float(below.mean()))
    return shares


def _chance_of_zero(p10: Floats, p50: Floats, p90: Floats) -> Floats:
    """The largest level whose quantile is zero: searched, for the two pieces have no one formula for it."""
    grid = np.linspace(0.005, 0.995, 199)
    chance = np.zeros(len(p50))
    for level in grid:
        chance = np.where(quantile(p10, p50, p90, level) <= 0, level, chance)
    return chance
