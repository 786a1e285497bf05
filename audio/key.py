"""The key: which of the 24 explains the pitch classes, the chords and where the chords stand.

Pitch classes and chords alone hardly tell a key from its relative, which has the same notes. What tells them apart is
which triad is home: it lasts, opens the song, its sections and phrases, is gone to from its dominant, and
lies in the bass. Profiles: bgate of Faraldo et al. (ECIR 2016), made from electronic and popular music. The weights
are those of a multinomial logit over the keys of a song, fitted by `python -m benchmarks.audio_fit key`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audio.chords import Chord
from audio.pitch import NAMES, Chroma

PROFILES = {
    "major": (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30),
    "minor": (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23),
}
# Triads of the key besides the one on the tonic: semitones above it, major or minor.
DIATONIC = {
    "major": ((5, "maj"), (7, "maj"), (9, "min"), (2, "min"), (4, "min")),
    "minor": ((5, "min"), (7, "min"), (7, "maj"), (8, "maj"), (3, "maj"), (10, "maj")),
}
WEIGHTS = {
    "profile": 4.62,
    "home": 6.85,
    "diatonic": 4.5,
    "first": 0.35,
    "sections": 1.48,
    "phrases": 1.2,
    "cadences": 3.22,
    "bass": 0.5,
}
FAINT = 0.1  # of the strongest pitch class: less is leakage
BASS = 0.25
PHRASE_BARS = 4


@dataclass(frozen=True)
class Key:
    """A key, and its share of probability among the 24 by the logit."""

    tonic: int
    mode: str
    share: float

    @property
    def name(self) -> str:
        """As JAMS' `key_mode` wants it: `Eb:minor`."""
        return f"{NAMES[self.tonic]}:{self.mode}"


def key_of(
    chroma: Chroma, chords: Sequence[Chord], downbeats_s: NDArray[np.float64], sections_s: Sequence[float]
) -> Key:
    """The key that explains most; ``sections_s`` are the seconds at which sections begin."""
    options = [(tonic, mode) for mode in PROFILES for tonic in range(12)]
    evidence = key_evidence(chroma, chords, downbeats_s, sections_s)
    scores = np.array([[one[name] for name in WEIGHTS] for one in evidence]) @ np.array(list(WEIGHTS.values()))
    shares = np.exp(scores - scores.max())
    best = int(np.argmax(scores))
    tonic, mode = options[best]
    return Key(tonic, mode, float(shares[best] / shares.sum()))


def key_evidence(
    chroma: Chroma, chords: Sequence[Chord], downbeats_s: NDArray[np.float64], sections_s: Sequence[float]
) -> list[dict[str, float]]:
    """What speaks for each key: the 12 majors from C, then the 12 minors; the names are those of `WEIGHTS`."""
    mean = chroma.whole.mean(axis=0) + BASS * chroma.bass.mean(axis=0)
    mean = np.where(mean > FAINT * mean.max(), mean, 0.0)
    low = chroma.bass.mean(axis=0)
    low = low / (low.sum() + 1e-9)
    sounding = [chord for chord in chords if ":" in chord.label]
    lasting = _shares([(chord.label, chord.end_s - chord.start_s) for chord in sounding])
    opening = _shares([(label, 1.0) for label in _at(sounding, sections_s)])
    phrases = _shares([(label, 1.0) for label in _at(sounding, _phrases(downbeats_s, sections_s))])
    moves = _shares([(f"{one.label} {other.label}", 1.0) for one, other in pairwise(sounding)])
    found = []
    for mode, profile in PROFILES.items():
        for tonic in range(12):
            home = f"{NAMES[tonic]}:{mode[:3]}"
            dominant = f"{NAMES[(tonic + 7) % 12]}:maj"
            found.append(
                {
                    "profile": _fit(mean, np.roll(profile, tonic)),
                    "home": lasting.get(home, 0.0),
                    "diatonic": sum(
                        lasting.get(f"{NAMES[(tonic + step) % 12]}:{kind}", 0.0) for step, kind in DIATONIC[mode]
                    ),
                    "first": float(bool(sounding) and sounding[0].label == home),
                    "sections": opening.get(home, 0.0),
                    "phrases": phrases.get(home, 0.0),
                    "cadences": moves.get(f"{dominant} {home}", 0.0),
                    "bass": float(low[tonic]),
                }
            )
    return found


def _fit(mean: NDArray[np.float64], profile: NDArray[np.float64]) -> float:
    return float(np.corrcoef(mean, profile)[0, 1]) if mean.std() > 0 else 0.0


def _shares(weighted: Sequence[tuple[str, float]]) -> Mapping[str, float]:
    """The share of each name in the sum of all weights."""
    sums: dict[str, float] = {}
    for name, weight in weighted:
        sums[name] = sums.get(name, 0.0) + weight
    total = sum(sums.values())
    return {name: weight / total for name, weight in sums.items()}


def _at(chords: Sequence[Chord], moments_s: Sequence[float]) -> list[str]:
    """The chord that begins or sounds right after each moment."""
    return [
        chord.label
        for at in moments_s
        for chord in [next((one for one in chords if one.start_s <= at + 0.2 < one.end_s), None)]
        if chord is not None
    ]


def _phrases(downbeats_s: NDArray[np.float64], sections_s: Sequence[float]) -> list[float]:
    """Every fourth bar line of each section."""
    found: list[float] = []
    for begin, end in pairwise([*sections_s, np.inf]):
        inside = downbeats_s[(downbeats_s > begin - 0.2) & (downbeats_s < end - 0.2)]
        found += [float(at) for at in inside[::PHRASE_BARS]]
    return found
