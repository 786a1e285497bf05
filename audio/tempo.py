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
LEAST_STEADY_S = 0.03  # off the line, of nine beats in ten, up to which a tempo is one
MOST_CORRECTED = 0.02  # of the tempo: half a frame, at the fastest
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
    """BPM of the beats: by a line through them, else the median; of the longer part where it changes once for good."""
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
            beats_s = beats_s[: best + 1] if first_s >= second_s else beats_s[best:]
            logs = logs[:best] if first_s >= second_s else logs[best:]
    period_s = float(np.exp(np.median(logs)))
    return 60 / (steady_period(beats_s, period_s) or period_s)


def steady_period(beats_s: NDArray[np.float64], near_s: float) -> float | None:
    """Seconds from beat to beat by a line through the beats; None where they keep to no line, as tempi that change.

    Args:
        beats_s: seconds of the beats; some may be missed.
        near_s: about how far apart they are, such as the median of the intervals, which stand on a grid of frames.
    """
    numbers = np.concatenate([[0.0], np.cumsum(np.maximum(1.0, np.round(np.diff(beats_s) / near_s)))])
    slope, start = np.polyfit(numbers, beats_s, 1)
    off_s = np.abs(beats_s - (start + slope * numbers))
    keeps = float(np.percentile(off_s, 90)) < LEAST_STEADY_S and abs(slope / near_s - 1) < MOST_CORRECTED
    return float(slope) if keeps else None
