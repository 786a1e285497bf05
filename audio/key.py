"""The key, by profiles of pitch classes and by the chords that belong to it.

Profiles: bgate of Faraldo et al. (ECIR 2016), made from electronic and popular music. The chords tell a key from its
neighbours, whose scale differs by one note; their weights are rules of thumb of functional harmony.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audio.pitch import Chroma

if TYPE_CHECKING:
    from audio.chords import Chord

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
PROFILES = {
    "major": (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30),
    "minor": (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23),
}
# Semitones above the tonic, major or minor triad, and what such a chord says for the key.
DEGREES = {
    "major": ((0, "maj", 1.0), (5, "maj", 0.6), (7, "maj", 0.7), (9, "min", 0.5), (2, "min", 0.4), (4, "min", 0.3)),
    "minor": (
        *((0, "min", 1.0), (5, "min", 0.6), (7, "min", 0.4), (7, "maj", 0.6)),
        *((8, "maj", 0.5), (3, "maj", 0.5), (10, "maj", 0.5)),
    ),
}
CHORDS, FIRST, LAST, BASS = 0.8, 0.10, 0.15, 0.25
FAINT = 0.1  # of the strongest pitch class: less is leakage


@dataclass(frozen=True)
class Key:
    """A key and how far the next best lies below it."""

    tonic: int
    mode: str
    margin: float

    @property
    def name(self) -> str:
        """As JAMS' `key_mode` wants it: `Eb:minor`."""
        return f"{NAMES[self.tonic]}:{self.mode}"


def key_of(chroma: Chroma, chords: "Sequence[Chord]") -> Key:
    """The key that pitch classes and chords fit best."""
    mean = chroma.whole.mean(axis=0) + BASS * chroma.bass.mean(axis=0)
    mean = np.where(mean > FAINT * mean.max(), mean, 0.0)
    lasting = _shares(chords)
    sounding = [chord.label for chord in chords if chord.label in lasting]
    options = []
    for mode, profile in PROFILES.items():
        for tonic in range(12):
            home = f"{NAMES[tonic]}:{mode[:3]}"
            degrees = [(f"{NAMES[(tonic + step) % 12]}:{kind}", weight) for step, kind, weight in DEGREES[mode]]
            harmony = sum(weight * lasting.get(label, 0.0) for label, weight in degrees)
            if sounding:
                harmony += FIRST * (sounding[0] == home) + LAST * (sounding[-1] == home)
            options.append((_fit(mean, np.roll(profile, tonic)) + CHORDS * harmony, tonic, mode))
    options.sort(reverse=True)
    (best, tonic, mode), second = options[0], options[1]
    return Key(tonic, mode, best - second[0])


def _fit(mean: NDArray[np.float64], profile: NDArray[np.float64]) -> float:
    return float(np.corrcoef(mean, profile)[0, 1]) if mean.std() > 0 else 0.0


def _shares(chords: "Sequence[Chord]") -> dict[str, float]:
    """The share of each chord in the time in which there is one."""
    seconds: dict[str, float] = {}
    for chord in chords:
        if ":" in chord.label:
            seconds[chord.label] = seconds.get(chord.label, 0.0) + chord.end_s - chord.start_s
    total = sum(seconds.values())
    return {label: time_s / total for label, time_s in seconds.items()}
