"""How sure it is that one way of forecasting is better than another: the upper limit of the ratio of their losses.

Series and origins are both drawn anew with replacement, 2,000 times, and a row counts as often as its series was drawn
times its origin: errors of one series, and of one day, go together (two-way or pigeonhole bootstrap, Owen 2007, "The
pigeonhole bootstrap", Annals of Applied Statistics 1, 386-411). Its limits are rather too wide than too narrow.

Belongs here: ratios and limits of any losses. Does not belong here: the losses.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ml.evaluation.arrays import Floats, Ints

RESAMPLES = 2_000


class Ratio(NamedTuple):
    """Mean loss of ours over that of theirs, and the limit that it lies under with 95% confidence, one-sided."""

    ratio: float
    upper: float


def loss_ratio(ours: Floats, theirs: Floats, series: Ints, origin: Ints, seed: int = 0) -> Ratio:
    """The ratio of two losses (n,) of the same rows; `series` and `origin` say what each row belongs to, from 0.

    NaN where theirs is nothing at all.
    """
    rng = np.random.default_rng(seed)
    shape = (int(series.max()) + 1, int(origin.max()) + 1)
    sums = np.zeros((2, *shape))
    np.add.at(sums[0], (series, origin), ours)
    np.add.at(sums[1], (series, origin), theirs)
    counted = [rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES).astype(np.float64) for n in shape]
    above, below = (np.einsum("bo,bo->b", counted[0] @ part, counted[1]) for part in sums)
    whole = sums[1].sum()
    if whole <= 0:
        return Ratio(float("nan"), float("nan"))
    drawn = below > 0
    return Ratio(float(sums[0].sum() / whole), float(np.quantile(above[drawn] / below[drawn], 0.95)))
