"""Demand with many days without any: the chance of a sale times its usual size, each smoothed on its own.

Teunter, Syntetos and Babai (2011), "Intermittent demand: linking forecasting to inventory obsolescence", which unlike
Croston (1972) lets the chance fade while nothing sells. Weights are normalised, so that no starting value is needed,
and a day out of stock does not count. `ml.series.simple.tsb` is the same for dense series of any frequency.

Belongs here: what the panel keeps for it, and the point forecast. Does not belong here: other rivals (rivals.py).
"""

from __future__ import annotations

import numpy as np

from ml.evaluation.arrays import Floats
from ml.forecasting.panel import CHANCE_RATE, Panel

YOUNGEST = 28  # a chance is never taken over fewer days


def tsb_rate(panel: Panel, measure: str, day: int) -> Floats:
    """Expected `measure` (units or revenue) of a day in stock after `day`; 0 where nothing ever sold."""
    clock = panel.clock(day)
    kept = 1 - CHANCE_RATE
    weight = 1 - kept ** np.maximum(clock + 1, YOUNGEST)
    chance = CHANCE_RATE * panel.cumulative("chance", day) * kept**clock / weight
    rate: Floats = chance * panel.cumulative(f"size_{measure}", day)
    return rate
