"""Tempo, beats and bars together: each candidate tempo is tracked, and judged by the beats and bars that it yields.

Which way to count is right (72 or 144?) is not in the onsets alone: it is decided by where chords change, what drums
play between the beats, how long bars get, and how people usually count. The weights are those of a multinomial logit
over the candidates of a song, fitted by `python -m benchmarks.audio_fit rhythm`; the last two are set by hand.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.beat_tracking import track
from audio.confidence import log_odds, probability
from audio.features import FRAMES_PER_S, Floats
from audio.metre import Bars, at_beats, bars_of
from audio.onsets import Onsets, harmonic_change, standardised
from audio.pitch import Chroma
from audio.tempo import USUAL_BPM, autocorrelation, candidate_tempi, main_tempo

HARMONY = 0.35  # how much a change of harmony counts beside an onset
WEIGHTS = {
    "octaves": 0.13,
    "octaves squared": -1.09,
    "on": 1.34,
    "half": -0.33,
    "thirds": -0.89,
    "quarters": -2.53,
    "covered": 2.18,
    "missed": -3.03,
    "bars": 0.57,
    "periodicity": 2.46,
    "bar length": 0.34,
    "bar length squared": -0.16,
    "low": 0.08,
    "fast": -3.0,
    "short bar": -1.5,
}
FAST_BPM, SHORT_BAR_S = 165.0, 1.1  # people rarely count beyond; what the test songs have more of than records do
LEAST_BEATS = 6
LEAST_ONSET = 0.15  # in logs of power: what swells and hums has less, what is struck or sung ten times as much
SELDOM_MISSED, PER_MISSED = 0.3, 15.0  # a beat may be missed; of free singing half are, and more has to speak for it
MOST_LEAD = 8.0  # over the next best way to count; more says no more
MOST_MISSED, LEAST_PERIODICITY, LEAST_COVERED, LEAST_SCORE = 0.55, 0.2, 0.5, 4.5


@dataclass(frozen=True)
class Candidate:
    """One way to count: its beats and bars, what speaks for it, and its logit among the candidates."""

    bpm: float
    beats_s: NDArray[np.float64]
    bars: Bars | None
    evidence: dict[str, float]

    @property
    def score(self) -> float:
        """The logit."""
        return sum(weight * self.evidence[name] for name, weight in WEIGHTS.items())


@dataclass(frozen=True)
class Rhythm:
    """The way to count that was settled on, and the others with what they are worth.

    Attributes:
        tempi: BPM with shares that add up to 1, the main one first.
        beats_s: seconds of the beats.
        beats_per_bar: of the metre; None where no bars were found.
        first: index of the first downbeat among the beats.
        evidence: what the confidences of `tempo`, `beats` and `downbeats` rest on.
    """

    tempi: list[tuple[float, float]]
    beats_s: NDArray[np.float64]
    beats_per_bar: int | None
    first: int
    evidence: dict[str, tuple[float, ...]]

    @property
    def downbeats_s(self) -> NDArray[np.float64]:
        """Seconds of the first beats of bars."""
        return self.beats_s[self.first :: self.beats_per_bar] if self.beats_per_bar else np.zeros(0)


def rhythm_of(onsets: Onsets, chroma: Chroma) -> Rhythm | None:
    """Tempo, beats and bars; None where nothing comes round regularly enough to be called a beat."""
    if not is_struck(onsets):
        return None
    candidates = candidates_of(onsets, chroma)
    if not candidates or not _has_pulse(candidates[0]):
        return None
    best, bars = candidates[0], candidates[0].bars
    other = next((one for one in candidates[1:] if abs(np.log2(one.bpm / best.bpm)) > 0.09), None)
    other_bpm = other.bpm if other is not None else best.bpm * (0.5 if best.bpm > 100 else 2.0)
    lead = best.score - other.score if other is not None else 5.0
    lead = min(lead, MOST_LEAD)
    sure = probability("tempo", [lead])
    return Rhythm(
        tempi=[(best.bpm, max(0.5, sure)), (other_bpm, 1 - max(0.5, sure))],
        beats_s=best.beats_s,
        beats_per_bar=bars.beats_per_bar if bars else None,
        first=bars.first if bars else 0,
        evidence={
            "tempo": (lead,),
            "beats": (best.evidence["on"], lead),
            **({"downbeats": (log_odds(bars.share), lead)} if bars else {}),
        },
    )


def is_struck(onsets: Onsets) -> bool:
    """Whether anything begins at all: what swells and hums has no beats."""
    return float(np.percentile(onsets.low + onsets.middle + onsets.high, 99)) >= LEAST_ONSET


def have_pulse(beats_s: NDArray[np.float64], onsets: Onsets, chroma: Chroma) -> bool:
    """Whether beats that somebody else heard are there by the same rules as ours."""
    if beats_s.size < LEAST_BEATS or not is_struck(onsets):
        return False
    lags, curve = autocorrelation(onsets.strength)
    periodicity = float(np.interp(FRAMES_PER_S * float(np.median(np.diff(beats_s))), lags, curve))
    return _has_pulse(_judged(beats_s, periodicity, onsets, chroma))


def _has_pulse(candidate: Candidate) -> bool:
    """Whether onsets come round, or beats explain them: neither is so of applause, speech or a drone.

    Onsets that do not come round have a beat if it takes in most of them and the score is beyond what noise, speech and
    applause (up to 2.7) and free singing (up to 6.3, with half of the beats missed) get.
    """
    told = candidate.evidence
    if told["periodicity"] > LEAST_PERIODICITY:
        return told["missed"] < MOST_MISSED
    wanted = LEAST_SCORE + PER_MISSED * max(0.0, told["missed"] - SELDOM_MISSED)
    return told["covered"] > LEAST_COVERED and candidate.score > wanted


def candidates_of(onsets: Onsets, chroma: Chroma) -> list[Candidate]:
    """Ways to count the song, best first; none where nothing comes round."""
    change = standardised(harmonic_change(chroma.whole, onsets.strength.size))
    strength = np.asarray(onsets.strength + HARMONY * change, dtype=np.float32)
    found: list[Candidate] = []
    for bpm, periodicity in candidate_tempi(onsets.strength):
        tracked = track(strength, bpm)
        if tracked.size < LEAST_BEATS or any(_are_same(tracked, one.beats_s) for one in found):
            continue
        between = tracked[:-1] + np.diff(tracked) / 2  # the off-beats, which may be the beats
        found += [_judged(beats_s, periodicity, onsets, chroma) for beats_s in (tracked, between)]
    return sorted(found, key=lambda one: -one.score)


def _are_same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return one.size == other.size and float(np.median(np.abs(one - other))) < 0.02


def _judged(beats_s: NDArray[np.float64], periodicity: float, onsets: Onsets, chroma: Chroma) -> Candidate:
    bpm, bars = main_tempo(beats_s), bars_of(beats_s, onsets, chroma)
    intervals = np.diff(beats_s)

    def at(series: Floats, part: float) -> float:
        return float(at_beats(series, beats_s[:-1] + part * intervals).mean())

    on = at_beats(onsets.strength, beats_s)
    octaves = float(np.log2(bpm / USUAL_BPM))
    bar_s = 60 / bpm * (bars.beats_per_bar if bars else 4)
    bar_length = float(np.log2(bar_s / 2.0))  # octaves from 2 s
    low = standardised(onsets.low)
    evidence = {
        "octaves": octaves,
        "octaves squared": octaves**2,
        "on": float(on.mean()),
        "half": at(onsets.strength, 1 / 2),
        "thirds": (at(onsets.strength, 1 / 3) + at(onsets.strength, 2 / 3)) / 2,
        "quarters": (at(onsets.strength, 1 / 4) + at(onsets.strength, 3 / 4)) / 2,
        "covered": float(np.maximum(on, 0).sum() / (_peaks(onsets.strength).sum() + 1e-9)),
        "missed": float(np.mean(on < 0.5)),
        "bars": bars.score if bars else 0.0,
        "periodicity": periodicity,
        "bar length": bar_length,
        "bar length squared": bar_length**2,
        "low": float(at_beats(low, beats_s).mean()) - at(low, 1 / 2),
        "fast": max(0.0, float(np.log2(bpm / FAST_BPM))),
        "short bar": max(0.0, float(np.log2(SHORT_BAR_S / bar_s))),
    }
    return Candidate(bpm, beats_s, bars, evidence)


def _peaks(strength: Floats) -> Floats:
    """The heights of the onsets."""
    inner = strength[1:-1]
    return inner[(inner > strength[:-2]) & (inner >= strength[2:]) & (inner > 0.5)]
