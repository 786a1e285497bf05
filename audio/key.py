"""The key by profiles of pitch classes.

Profiles: bgate of Faraldo et al. (ECIR 2016), made from electronic and popular music.
"""

from dataclasses import dataclass

import numpy as np

from audio.pitch import Chroma

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
MAJOR = (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30)
MINOR = (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23)


@dataclass(frozen=True)
class Key:
    """A key, its correlation with the profile, and how far the next best lies below."""

    tonic: int
    mode: str
    fit: float
    margin: float

    @property
    def name(self) -> str:
        """As JAMS' `key_mode` wants it: `Eb:minor`."""
        return f"{NAMES[self.tonic]}:{self.mode}"


def key_of(chroma: Chroma) -> Key:
    """The key whose profile the mean chroma fits best."""
    mean = chroma.whole.mean(axis=0) + 0.25 * chroma.bass.mean(axis=0)
    mean = np.where(mean > 0.15 * mean.max(), mean, 0.0)
    fits = []
    for mode, profile in (("major", MAJOR), ("minor", MINOR)):
        for tonic in range(12):
            fits.append((float(np.corrcoef(mean, np.roll(profile, tonic))[0, 1]), tonic, mode))
    fits.sort(reverse=True)
    (fit, tonic, mode), second = fits[0], fits[1]
    return Key(tonic, mode, fit, fit - second[0])
