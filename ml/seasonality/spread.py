"""How sure a category's components are, from fits to what else might have come.

What the fit leaves comes in stretches, a launch or a campaign that lasts weeks, and two years hold few of them. So it
is drawn anew in blocks of four weeks and put back on the fit, and Prophet is fitted again (moving blocks bootstrap:
Künsch 1989, Annals of Statistics 17). The interval is the estimate and 1.28 standard deviations of those fits'
logarithms to either side: eight in ten. Prophet's own intervals are of the trend alone.

What n years have in common by chance is taken for season, and what the fit leaves is too small by it: the spread of
yearly factors is widened by sqrt(n / (n - 1)), as that of a mean of n.

Belongs here: spread of any components. Does not belong here: what they are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.evaluation.arrays import Bools, Floats
from ml.seasonality.decomposition import YEAR_DAYS

BLOCK_DAYS = 28
DRAWS = 30
EIGHT_IN_TEN = 1.2816


def widening(days: int, is_yearly: Bools) -> Floats:
    """sqrt(n / (n - 1)) of the n years that so many days are, for what repeats yearly; else 1."""
    years = days / YEAR_DAYS
    return np.where(is_yearly, np.sqrt(years / (years - 1)), 1.0)


def interval(
    logs: Floats, fitted: Floats, components: Callable[[Floats], Floats], block: int, widening: Floats, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Factors with the lower and upper ends of eight in ten.

    Args:
        logs: what was observed, in time's order.
        fitted: what the fit says of the same days.
        components: factors, above zero, from such logarithms.
        block: how many neighbouring observations go together.
        widening: by what the spread of each factor is widened.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    left = logs - fitted
    n = len(left)
    block = min(block, max(n // 4, 1))
    effect = components(logs)
    drawn = []
    for _ in range(DRAWS):
        starts = rng.integers(0, n, -(-n // block))
        places = ((starts[:, None] + np.arange(block)) % n).ravel()[:n]
        drawn.append(np.log(components(fitted + left[places])))
    spread = EIGHT_IN_TEN * np.std(np.array(drawn), axis=0, ddof=1) * widening
    return effect, effect * np.exp(-spread), effect * np.exp(spread)
