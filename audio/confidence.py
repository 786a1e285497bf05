"""How sure each answer is: evidence to the probability of being right, by logistic curves.

The curves are set by hand, looking at test songs whose seeds may be tuned on; `lacquer bench audio` says how well
they are calibrated on the held-out seeds. On music that is unlike the test songs they promise less.
"""

import math
from collections.abc import Sequence

# aspect: intercept, then a slope for each piece of evidence, in the order in which the module hands it over
CURVES: dict[str, tuple[float, ...]] = {
    "tempo": (0.0, 2.0),
    "beats": (-1.0, 1.0, 0.5),
    "downbeats": (-1.0, 2.0, 0.5),
    "key": (0.0, 12.0),
    "chords": (-1.0, 20.0),
    "sections": (-1.0, 1.0),
    "tuning": (-2.0, 8.0),
}


def probability(aspect: str, evidence: Sequence[float]) -> float:
    """The probability that the answer is right, between 0 and 1."""
    intercept, *slopes = CURVES[aspect]
    total = intercept + sum(slope * piece for slope, piece in zip(slopes, evidence, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
