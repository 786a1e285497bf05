"""How strongly something begins at each moment, in all and in three bands.

Half-wave rectified differences of log mel bands against a maximum over neighbouring bands, so that vibrato is no onset
(SuperFlux: Böck and Widmer, DAFx 2013).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.features import FRAMES_PER_S, PITCH_FRAMES_PER_S, Features, Floats

LOW_BANDS, HIGH_BANDS = 4, 26  # below about 250 Hz; above about 3.5 kHz
LOCAL_S = 1.0
LATE_S = 0.008  # by which the strongest rise of the bands follows the true onset, on average


@dataclass(frozen=True)
class Onsets:
    """Onset strength per frame of `FRAMES_PER_S`: local mean 0, spread 1; and its parts as they are."""

    strength: Floats
    low: Floats
    middle: Floats
    high: Floats


def onsets_of(features: Features) -> Onsets:
    """The onset strength of a song."""
    from scipy.ndimage import maximum_filter1d

    mel = features.mel
    reference = np.percentile(mel.max(axis=1), 95) + 1e-12
    logs = np.log1p(1e4 * mel / reference).astype(np.float32)
    spread = maximum_filter1d(logs, 3, axis=1)
    flux = np.zeros_like(logs)
    flux[2:] = np.maximum(0.0, logs[2:] - spread[:-2])
    low, middle, high = flux[:, :LOW_BANDS], flux[:, LOW_BANDS:HIGH_BANDS], flux[:, HIGH_BANDS:]
    parts = [band.mean(axis=1) for band in (low, middle, high)]
    total = standardised(parts[0] + parts[1] + 0.7 * parts[2])
    return Onsets(total, *(np.asarray(part, dtype=np.float32) for part in parts))


def standardised(series: NDArray[np.floating]) -> Floats:
    """The series less its local mean, over its local spread, smoothed by 30 ms."""
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d

    smooth = gaussian_filter1d(np.asarray(series, dtype=np.float64), 1.0)
    width = int(2 * LOCAL_S * FRAMES_PER_S) | 1
    mean = uniform_filter1d(smooth, width)
    spread = np.sqrt(np.maximum(uniform_filter1d(smooth**2, 4 * width) - uniform_filter1d(smooth, 4 * width) ** 2, 0))
    overall = smooth.std() + 1e-9
    return np.asarray((smooth - mean) / np.maximum(spread, 0.3 * overall), dtype=np.float32)


def harmonic_change(chroma: Floats, frames: int) -> Floats:
    """How much the harmony of the next 0.3 s differs from that of the last, on the frames of the onsets."""
    reach = 3
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(chroma, axis=0, dtype=np.float64)])
    at = np.arange(len(chroma))
    before, after = sums[at] - sums[np.maximum(at - reach, 0)], sums[np.minimum(at + reach, len(chroma))] - sums[at]
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    change = np.where(norms > 1e-6, 1.0 - np.sum(before * after, axis=1) / np.maximum(norms, 1e-6), 0.0)
    seconds = np.arange(frames) / FRAMES_PER_S
    return np.interp(seconds, (at - 0.5) / PITCH_FRAMES_PER_S, change).astype(np.float32)
