"""A song as 64 numbers, for finding similar ones: timbre, its movement, rhythm and harmony; key and level left out.

Fixed weights, nothing learned: two songs' cosine says how alike they sound, in these terms only.
"""

import numpy as np
from numpy.typing import NDArray

from audio.features import Features
from audio.onsets import Onsets
from audio.pitch import Chroma
from audio.tempo import autocorrelation

SIZE = 64
TIMBRE, HARMONY, RHYTHM = 20, 12, 12


def embedding_of(features: Features, onsets: Onsets, chroma: Chroma) -> NDArray[np.float32]:
    """The vector, of length 1."""
    from scipy import fft

    logs = np.log10(features.mel + 1e-6 * features.mel.max() + 1e-12)
    cepstra = fft.dct(logs, norm="ortho", axis=1)[:, 1 : TIMBRE + 1]  # the first is the level
    timbre, movement = cepstra.mean(axis=0), cepstra.std(axis=0)
    mean = chroma.whole.mean(axis=0)
    harmony = np.abs(fft.rfft(mean / (np.linalg.norm(mean) + 1e-9)))  # the same in every key
    steps = np.correlate(np.tile(mean, 2), mean, "valid")[1:6] / (mean @ mean + 1e-9)
    pitches = np.concatenate([harmony[1:], steps])[:HARMONY]
    lags, curve = autocorrelation(onsets.strength)
    rhythm = np.interp(np.geomspace(lags[0], lags[-1], RHYTHM), lags, curve)
    parts = ((timbre, 1.0), (movement, 1.0), (np.resize(pitches, HARMONY), 1.0), (rhythm, 1.0))
    scaled = [part / (np.linalg.norm(part) + 1e-9) * weight for part, weight in parts]
    joined = np.concatenate(scaled)
    return np.asarray(joined / (np.linalg.norm(joined) + 1e-9), dtype=np.float32)
