"""How many units come back: the share of what was sold that was returned, drawn towards that of all releases."""

from __future__ import annotations

import numpy as np

from ml.planning.distribution import Floats

PRIOR_UNITS = 50.0  # a release that sold so many units counts half by itself, half by all releases


def return_share(returned: Floats, sold: Floats) -> Floats:
    """The share (n,) of units that come back, 0 to 1; 0 where nothing was ever returned.

    Args:
        returned: units (n,) that came back within the past days.
        sold: units (n,) sold within them.
    """
    total = float(sold.sum())
    usual = float(returned.sum()) / total if total > 0 else 0.0
    return np.clip((returned + PRIOR_UNITS * usual) / (sold + PRIOR_UNITS), 0.0, 1.0)


def expected_returns(share: Floats, demand: Floats, days: Floats, demand_days: float) -> Floats:
    """Units (n,) that come back within the days, at the pace of a demand (n,) of `demand_days`."""
    return share * demand * days / demand_days
