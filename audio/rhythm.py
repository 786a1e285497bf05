"""Tempo, beats and bars together: each candidate tempo is tracked, and judged by the beats and bars that it yields."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.beat_tracking import track
from audio.confidence import probability
from audio.features import FRAMES_PER_S, Floats
from audio.metre import Bars, at_beats, bars_of
from audio.onsets import Onsets
from audio.pitch import Chroma

SLOWEST_BPM, FASTEST_BPM = 44.0, 215.0
CANDIDATES = 5
LEAST_ON_BEAT, LEAST_BEATS = 1.6, 6
USUAL_BPM, SPREAD_OCTAVES = 112.0, 0.75


@dataclass(frozen=True)
class Candidate:
    """One way to count: its beats, bars, and what speaks for it."""

    bpm: float
    beats_s: NDArray[np.float64]
    bars: Bars | None
    on_beat: float
    between: float
    usual: float
    periodicity: float

    @property
    def score(self) -> float:
        """How much speaks for this way to count."""
        bars = self.bars.score if self.bars is not None else 0.0
        return 0.5 * self.on_beat - 0.25 * self.between + 0.8 * bars + 0.5 * self.usual + 0.5 * self.periodicity


@dataclass(frozen=True)
class Rhythm:
    """The way to count that was settled on, and the others with what they are worth.

    Attributes:
        tempi: BPM with shares that add up to 1, the main one first.
        beats_s: seconds of the beats.
        beats_per_bar: of the metre; None where no bars were found.
        first: index of the first downbeat among the beats.
        confidence: of `tempo`, `beats` and `downbeats`.
    """

    tempi: list[tuple[float, float]]
    beats_s: NDArray[np.float64]
    beats_per_bar: int | None
    first: int
    confidence: dict[str, float]

    @property
    def downbeats_s(self) -> NDArray[np.float64]:
        """Seconds of the first beats of bars."""
        return self.beats_s[self.first :: self.beats_per_bar] if self.beats_per_bar else np.zeros(0)


def rhythm_of(onsets: Onsets, chroma: Chroma) -> Rhythm | None:
    """Tempo, beats and bars; None where nothing comes round regularly enough to be called a beat."""
    candidates = candidates_of(onsets, chroma)
    if not candidates or not _has_pulse(candidates[0]):
        return None
    best = candidates[0]
    other = next((one for one in candidates[1:] if abs(np.log2(one.bpm / best.bpm)) > 0.09), None)
    other_bpm = other.bpm if other is not None else best.bpm * (0.5 if best.bpm > 100 else 2.0)
    lead = best.score - other.score if other is not None else 1.0
    sure = max(0.5, probability("tempo", [lead]))
    bars = best.bars
    return Rhythm(
        tempi=[(best.bpm, sure), (other_bpm, 1 - sure)],
        beats_s=best.beats_s,
        beats_per_bar=bars.beats_per_bar if bars else None,
        first=bars.first if bars else 0,
        confidence={
            "tempo": probability("tempo", [lead]),
            "beats": probability("beats", [best.on_beat]),
            "downbeats": probability("downbeats", [bars.score, bars.margin]) if bars else 0.0,
        },
    )


def _has_pulse(candidate: Candidate) -> bool:
    """Whether onsets fall on the beats much more than they would by chance."""
    return candidate.on_beat > LEAST_ON_BEAT and candidate.beats_s.size >= LEAST_BEATS


def candidates_of(onsets: Onsets, chroma: Chroma) -> list[Candidate]:
    """Ways to count the song, best first; none where nothing comes round."""
    found = []
    for bpm, periodicity in tempo_peaks(onsets.strength):
        beats_s = track(onsets.strength, bpm)
        if beats_s.size < 4:
            continue
        found.append(_judged(beats_s, periodicity, onsets, chroma))
    return sorted(found, key=lambda one: -one.score)


def _judged(beats_s: NDArray[np.float64], periodicity: float, onsets: Onsets, chroma: Chroma) -> Candidate:
    intervals = np.diff(beats_s)
    bpm = float(60 / np.median(intervals))
    middles = beats_s[:-1] + intervals / 2
    return Candidate(
        bpm=bpm,
        beats_s=beats_s,
        bars=bars_of(beats_s, onsets, chroma),
        on_beat=float(at_beats(onsets.strength, beats_s).mean()),
        between=float(at_beats(onsets.strength, middles).mean()),
        usual=-0.5 * (float(np.log2(bpm / USUAL_BPM)) / SPREAD_OCTAVES) ** 2,
        periodicity=periodicity,
    )


def tempo_peaks(strength: Floats) -> list[tuple[float, float]]:
    """Tempi (BPM) at which the onsets come round, with the autocorrelation there; relatives of the best included."""
    lags, curve = autocorrelation(strength)
    bpm_of = 60 * FRAMES_PER_S / lags
    usual = np.exp(-0.5 * (np.log2(bpm_of / USUAL_BPM) / 1.2) ** 2)
    inside = (bpm_of > SLOWEST_BPM) & (bpm_of < FASTEST_BPM)
    is_peak = np.r_[False, (curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:]), False] & inside
    order = np.flatnonzero(is_peak)[np.argsort(-(curve * usual)[is_peak])]
    chosen: list[float] = []
    for at in order:
        if all(abs(np.log2(bpm_of[at] / other)) > 0.09 for other in chosen):
            chosen.append(float(bpm_of[at]))
        if len(chosen) == 3:
            break
    for factor in (0.5, 2.0, 1 / 3, 2 / 3, 1.5, 3.0):
        relative = chosen[0] * factor if chosen else 0.0
        if SLOWEST_BPM < relative < FASTEST_BPM and all(abs(np.log2(relative / other)) > 0.09 for other in chosen):
            chosen.append(relative)
    return [(bpm, float(np.interp(60 * FRAMES_PER_S / bpm, lags, curve))) for bpm in chosen]


def autocorrelation(strength: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lags in frames and the normalised autocorrelation there, the mean over windows of 12 s: tempi may drift."""
    from scipy import fft

    window = int(12 * FRAMES_PER_S)
    longest = int(60 * FRAMES_PER_S / SLOWEST_BPM) + 2
    clipped = np.clip(np.asarray(strength, dtype=np.float64), -1.0, 4.0)
    starts = range(0, max(1, clipped.size - window // 2), window // 2)
    total = np.zeros(longest)
    for start in starts:
        part = clipped[start : start + window]
        part = part - part.mean()
        spectrum = fft.rfft(part, 2 * window)
        product = fft.irfft(np.abs(spectrum) ** 2)[:longest]
        total += product / (product[0] + 1e-9) * part.size
    lags = np.arange(longest, dtype=np.float64)
    return lags[4:], (total / max(1, sum(clipped[s : s + window].size for s in starts)))[4:]
