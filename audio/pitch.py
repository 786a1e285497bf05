"""Pitch content: how the recording is tuned, and how strong each pitch class is at each moment.

Works on spectral peaks. A peak counts for the note that it is and, less, for the notes whose harmonic it may be (HPCP:
Gomez, 2006).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.features import PITCH_FRAMES_PER_S, Features, Floats

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
# A recording's A lies within one semitone around this range; which semitone cannot be heard, so one is agreed on.
LOWEST_A_HZ = 424.9
TUNED_FROM_HZ, TUNED_TO_HZ = 80.0, 2500.0
HARMONICS, DECAY = 5, 0.6
BASS_TO_HZ = 260.0


@dataclass(frozen=True)
class Tuning:
    """Where A lies, and how much the peaks agree on it (0: not at all, 1: all on one grid)."""

    hz: float
    agreement: float


def tuning_of(features: Features) -> Tuning | None:
    """The tuning by the weighted circular mean of the peaks' distances from the tempered grid; None without peaks."""
    hz, level = features.peak_hz, features.peak_level
    chosen = (hz > TUNED_FROM_HZ) & (hz < TUNED_TO_HZ) & (level > 0.05 * level.max(axis=1, keepdims=True))
    if not chosen.any():
        return None
    weights = np.sqrt(level[chosen].astype(np.float64))
    turns = 12 * np.log2(hz[chosen].astype(np.float64) / 440.0)
    for _ in range(2):  # once more without what lies far from the first answer: vibrato, inharmonic partials
        vector = np.sum(weights * np.exp(2j * np.pi * turns)) / weights.sum()
        offset = np.angle(vector) / (2 * np.pi)
        agreement = float(np.abs(vector))
        off = np.abs((turns - offset + 0.5) % 1 - 0.5)
        weights = np.sqrt(level[chosen].astype(np.float64)) * (off < 0.25) + 1e-12
        if _ == 0:
            first = agreement
    a_hz = 440.0 * 2 ** (offset / 12)
    while a_hz < LOWEST_A_HZ:
        a_hz *= 2 ** (1 / 12)
    while a_hz >= LOWEST_A_HZ * 2 ** (1 / 12):
        a_hz /= 2 ** (1 / 12)
    return Tuning(float(a_hz), first)


@dataclass(frozen=True)
class Chroma:
    """Strength of the pitch classes from C, per pitch frame, shape (frames, 12): of all notes, and of the bass."""

    whole: Floats
    bass: Floats


def chroma_of(features: Features, tuning_hz: float) -> Chroma:
    """The pitch classes at a tuning; each frame's strongest is 1, silent frames are 0."""
    hz, level = features.peak_hz.astype(np.float64), features.peak_level.astype(np.float64)
    loudest = np.percentile(level.max(axis=1), 95) + 1e-12
    sounding = level.max(axis=1) > 1e-3 * loudest
    relative = np.sqrt(level / (level.max(axis=1, keepdims=True) + 1e-12)) * sounding[:, None]
    whole = _folded(hz, relative, tuning_hz, HARMONICS)
    bass = _folded(hz, relative * (hz < BASS_TO_HZ), tuning_hz, 1)
    return Chroma(_scaled(whole), _scaled(bass))


def variety_of(chroma: Chroma) -> float:
    """The entropy of the mean pitch classes: 0 for one alone, 2.48 for all twelve alike."""
    share = chroma.whole.mean(axis=0).astype(np.float64)
    share = share / (share.sum() + 1e-12)
    return float(-np.sum(share * np.log(share + 1e-12)))


def movement_of(chroma: Chroma) -> float:
    """How far the pitch classes of a second lie from those of the whole, on average: one minus their cosine."""
    span = round(PITCH_FRAMES_PER_S)
    seconds = [chroma.whole[at : at + span].mean(axis=0) for at in range(0, len(chroma.whole), span)]
    each = np.array([second for second in seconds if second.any()], dtype=np.float64)
    if not len(each):
        return 0.0
    unit = each / np.linalg.norm(each, axis=1, keepdims=True)
    mean = each.mean(axis=0)
    return float(1 - np.mean(unit @ mean) / np.linalg.norm(mean))


def _folded(
    hz: NDArray[np.float64], weights: NDArray[np.float64], tuning_hz: float, harmonics: int
) -> NDArray[np.float64]:
    chroma = np.zeros((hz.shape[0], 12))
    rows = np.broadcast_to(np.arange(hz.shape[0])[:, None], hz.shape)
    for harmonic in range(1, harmonics + 1):
        note = 12 * np.log2(np.maximum(hz, 1.0) / harmonic / tuning_hz) + 69
        nearest = np.round(note)
        fit = np.cos(np.pi * np.clip(note - nearest, -0.5, 0.5)) ** 2
        share = weights * fit * DECAY ** (harmonic - 1) * (hz > 0) * (hz / harmonic > 30.0)
        np.add.at(chroma, (rows, nearest.astype(np.int64) % 12), share)
    return chroma


def _scaled(chroma: NDArray[np.float64]) -> Floats:
    return np.asarray(chroma / np.maximum(chroma.max(axis=1, keepdims=True), 1e-9), dtype=np.float32)


def over_spans(series: Floats, frames_per_s: float, edges_s: NDArray[np.float64]) -> Floats:
    """Means of a series' rows between successive edges, shape (edges - 1, columns); the nearest row for empty spans."""
    at = np.clip(np.round(np.asarray(edges_s) * frames_per_s).astype(np.int64), 0, len(series))
    sums = np.concatenate([np.zeros((1, series.shape[1])), np.cumsum(series, axis=0, dtype=np.float64)])
    first = np.minimum(at[:-1], len(series) - 1)
    last = np.maximum(at[1:], first + 1)
    return np.asarray((sums[last] - sums[first]) / (last - first)[:, None], dtype=np.float32)
