"""How sure each answer is: evidence to the probability of being right, by logistic curves.

The curves are fitted on single answers (a tempo, one chord, one boundary) of 60 rendered songs, clean and worn, by
`python -m benchmarks.audio_fit confidence`; `lacquer bench audio` says how they hold on songs of held-out seeds.
On music that is unlike the rendered songs they promise too much.
"""

import math
from collections.abc import Sequence

# aspect: intercept, then a slope for each piece of evidence, in the order in which it is handed over. How much the
# peaks agree on a tuning says nothing about whether it is right to 2 Hz: 98% of the songs are, whatever it is.
CURVES: dict[str, tuple[float, ...]] = {
    "tempo": (-0.381, 1.611),
    "beats": (-3.689, 0.882, 0.896),
    "downbeats": (-0.805, 1.036, 0.169),
    "key": (0.836, 1.805),
    "tuning": (4.779, 0.0),
    "chords": (0.16, 15.571),
    "sections": (0.569, 0.696),
}


def log_odds(share: float) -> float:
    """The logit of a share, within -9 and 9."""
    return math.log(min(max(share, 1e-4), 1 - 1e-4) / (1 - min(max(share, 1e-4), 1 - 1e-4)))


def probability(aspect: str, evidence: Sequence[float]) -> float:
    """The probability that the answer is right, between 0 and 1."""
    intercept, *slopes = CURVES[aspect]
    total = intercept + sum(slope * piece for slope, piece in zip(slopes, evidence, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
