"""At which tempi a song could be counted, and what one tempo to give for beats that are there."""

import numpy as np
from numpy.typing import NDArray

from audio.features import FRAMES_PER_S, Floats

SLOWEST_BPM, FASTEST_BPM = 44.0, 215.0
USUAL_BPM = 112.0
WINDOW_S = 12.0
PEAKS = 5
RELATIVES = (0.5, 2.0, 1 / 3, 3.0, 2 / 3, 1.5)
SAME = 0.06  # tempi closer than that, in octaves, lead to the same beats
STEP = 0.1  # of the log tempo, from which on a song has two tempi and not one that drifts


def candidate_tempi(strength: Floats) -> list[tuple[float, float]]:
    """Tempi (BPM) at which the onsets come round, and their simple multiples, each with the autocorrelation there."""
    lags, curve = autocorrelation(strength)
    bpm_of = 60 * FRAMES_PER_S / lags
    usual = np.exp(-0.5 * (np.log2(bpm_of / USUAL_BPM) / 1.2) ** 2)
    inside = (bpm_of > SLOWEST_BPM) & (bpm_of < FASTEST_BPM)
    is_peak = np.r_[False, (curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:]), False] & inside
    order = np.flatnonzero(is_peak)[np.argsort(-(curve * usual)[is_peak])]
    chosen: list[float] = []

    def add(bpm: float) -> None:
        if SLOWEST_BPM < bpm < FASTEST_BPM and all(abs(np.log2(bpm / other)) > SAME for other in chosen):
            chosen.append(float(bpm))

    for at in order[:PEAKS]:
        add(bpm_of[at])
    for first in chosen[:2]:
        for factor in RELATIVES:
            add(first * factor)
    return [(bpm, float(np.interp(60 * FRAMES_PER_S / bpm, lags, curve))) for bpm in chosen]


def autocorrelation(strength: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lags in frames and the normalised autocorrelation there, the mean over windows of 12 s: tempi may drift."""
    from scipy import fft

    window = int(WINDOW_S * FRAMES_PER_S)
    longest = int(60 * FRAMES_PER_S / SLOWEST_BPM) + 2
    clipped = np.clip(np.asarray(strength, dtype=np.float64), -1.0, 4.0)
    total, weight = np.zeros(longest), 1e-9
    for start in range(0, max(1, clipped.size - window // 2), window // 2):
        part = clipped[start : start + window]
        part = part - part.mean()
        spectrum = fft.rfft(part, 2 * window)
        product = fft.irfft(np.abs(spectrum) ** 2)[:longest]
        total += product / (product[0] + 1e-9) * part.size
        weight += part.size
    lags = np.arange(longest, dtype=np.float64)
    return lags[4:], (total / weight)[4:]


def main_tempo(beats_s: NDArray[np.float64]) -> float:
    """BPM of the beats: the median, or that of the longer part where the tempo changes once and for good."""
    from scipy.ndimage import median_filter

    logs = np.log(median_filter(np.diff(beats_s), 5, mode="nearest"))
    count = logs.size
    if count >= 16:
        sums = np.cumsum(logs)
        at = np.arange(8, count - 8)
        left, right = sums[at - 1] / at, (sums[-1] - sums[at - 1]) / (count - at)
        gain = (left - right) ** 2 * at * (count - at)
        best = int(at[np.argmax(gain)]) if at.size else 0
        spread = max(float(np.std(logs[:best])), float(np.std(logs[best:]))) if best else 1.0
        if best and abs(np.mean(logs[:best]) - np.mean(logs[best:])) > max(STEP, 3 * spread):
            first_s, second_s = beats_s[best] - beats_s[0], beats_s[-1] - beats_s[best]
            logs = logs[:best] if first_s >= second_s else logs[best:]
    return float(60 / np.exp(np.median(logs)))
