"""Where in its life a release stands, by its sales and what is forecast of it.

The rule, read from top to bottom:

* ended: nothing sold in the last 90 days, and the P50 of the next 90 days is below one unit;
* starting: first sold less than 90 days ago;
* fading: the P90 of the next 90 days is below what the last 90 days sold, so that it will almost surely sell less;
* selling: everything else.

A season's end looks like fading, which it is until the season comes again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.planning.distribution import Floats

STAGES = ("starting", "selling", "fading", "ended")
DAYS = 90


def stage(age_days: Floats, units_90: Floats, p50_90: Floats, p90_90: Floats) -> NDArray[np.str_]:
    """The stage (n,) of each release.

    Args:
        age_days: days since the first sale; NaN where there was none.
        units_90: units of the last 90 days.
        p50_90: P50 of the next 90 days.
        p90_90: P90 of the next 90 days.
    """
    return np.select(
        [(units_90 == 0) & (p50_90 < 1) & ~np.isnan(age_days), ~(age_days >= DAYS), p90_90 < units_90],
        ["ended", "starting", "fading"],
        "selling",
    )
