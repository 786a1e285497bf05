"""P90 held against what earlier P90s held, so that a range that was too wide or too narrow does not stay so.

Conformalized quantile regression (Romano, Patterson, Candes 2019) with past origins in place of a split: what earlier
P90s would have had to be raised by to hold nine in ten, as a factor, in unit equivalents, all horizons together. The
releases of an origin share the market's mood, so a few origins say little: the factor's logarithm is shrunk as if four
origins more had needed none.

Belongs here: the factor. Does not belong here: the P90 that it corrects (spread.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.evaluation.arrays import Floats
from ml.evaluation.shifted_conformal import MIN_RESIDUALS

LEVEL = 0.9
TRUSTED_ORIGINS = 4


def correction(origins: Sequence[Sequence[tuple[Floats, Floats]]]) -> float:
    """What to multiply P90 + 1 by, from (actual, P90 as forecast) of past windows by origin, both in unit equivalents.

    1 where they hold fewer than 30 forecasts.
    """
    missed = [np.log((actual + 1) / (p90 + 1)) for windows in origins for actual, p90 in windows]
    if sum(len(errors) for errors in missed) < MIN_RESIDUALS:
        return 1.0
    trust = len(origins) / (len(origins) + TRUSTED_ORIGINS)
    return float(np.exp(trust * np.quantile(np.concatenate(missed), LEVEL)))
