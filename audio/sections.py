"""Sections: where the music changes, and which stretches are alike.

Works on bars (or spans of two seconds). Each bar line is judged by how different the bars before and after it are
(novelty: Foote, ICME 2000), by where repetitions begin and end (structure features: Serra et al., IEEE TMM 2014), and
by a cymbal struck there. The boundaries are the best path over the bar lines, in which sections of whole phrases are
likelier than others (regularity: Sargent et al., ISMIR 2011). The weights are those of a logistic regression over bar
lines, fitted by `python -m benchmarks.audio_fit boundaries`. Letters come from average linkage of the stretches.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audio.features import FRAMES_PER_S, PITCH_FRAMES_PER_S, Features, Floats
from audio.pitch import Chroma, over_spans

SPAN_S, LEAST_BARS = 2.0, 4
SHORTEST_S = 6.0
ALIKE = 0.62
EVENLY = 0.06  # spread of the log spectrum over time under which nothing changes: a drone, noise
WEIGHTS = {
    "novelty": 2.0,
    "novelty, wide": 0.33,
    "novelty, narrow": 1.26,
    "repetition": 1.32,
    "repetition of chords": 0.61,
    "cymbal": 0.46,
}
INTERCEPT = -1.12  # as fitted, and 1 more: a boundary missed costs the F as much as one too many
# What a section's length in bars is worth besides, in logits: of eights, of fours, of twos, else.
LENGTHS = ((8, 0.5), (4, 0.3), (2, -0.3), (1, -0.6))
USUAL_REACH_S = 8.0
CYMBAL_BANDS, CYMBAL_FROM_S, CYMBAL_TO_S = 34, 0.1, 0.6  # over 7 kHz, once the stroke itself is over


@dataclass(frozen=True)
class Section:
    """A stretch with a letter; those of one letter repeat each other. ``contrast`` is the logit of its beginning."""

    start_s: float
    end_s: float
    label: str
    contrast: float


def sections_of(
    features: Features, chroma: Chroma, downbeats_s: NDArray[np.float64], duration_s: float
) -> list[Section]:
    """The sections, without gaps from 0 to the end."""
    edges = bar_lines(features, downbeats_s)
    spectrum = over_spans(np.log10(features.mel + 1e-6 * features.mel.max() + 1e-12), FRAMES_PER_S, edges)
    if len(edges) < 6 or float(spectrum.std(axis=0).mean()) < EVENLY:
        return [Section(0.0, duration_s, "A", 0.0)]
    whole, harmony = described(features, chroma, edges)
    evidence = boundary_evidence(whole, harmony, features, edges)
    logits = INTERCEPT + np.stack([evidence[name] for name in WEIGHTS], axis=1) @ np.array(list(WEIGHTS.values()))
    at = best_path(logits, edges, has_bars=downbeats_s.size >= LEAST_BARS)
    letters = letters_of(whole, at)
    edges[-1] = duration_s
    return [
        Section(float(edges[begin]), float(edges[end]), letter, float(logits[begin]) if begin else 0.0)
        for (begin, end), letter in zip(pairwise(at), letters, strict=True)
    ]


def _last_sound(features: Features) -> float:
    """Seconds at which the music has died away."""
    power = features.mel.sum(axis=1)
    return float(np.flatnonzero(power > 1e-4 * power.max())[-1] / FRAMES_PER_S)


def bar_lines(features: Features, downbeats_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bar lines, or every two seconds where there are none, from 0 to the end of the sound."""
    end_s = min(features.duration_s, _last_sound(features) + 0.5)
    inner = downbeats_s if downbeats_s.size >= LEAST_BARS else np.arange(SPAN_S, end_s, SPAN_S)
    span_s = float(np.median(np.diff(inner))) if inner.size > 1 else SPAN_S
    inner = inner[(inner > 0.3) & (inner < end_s - 0.6 * span_s)]
    return np.concatenate([[0.0], inner, [end_s]])


def described(features: Features, chroma: Chroma, edges: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Each span's timbre, activity and harmony, and its harmony alone, standardised, shape (spans, columns)."""
    from scipy import fft

    logs = np.log10(features.mel + 1e-9 * features.mel.max() + 1e-12)
    timbre = fft.dct(over_spans(logs, FRAMES_PER_S, edges), norm="ortho", axis=1)[:, :14]
    moving = np.abs(np.diff(logs, axis=0, prepend=logs[:1]))
    bands = np.stack([moving[:, :5].mean(1), moving[:, 5:20].mean(1), moving[:, 20:].mean(1)], axis=1)
    activity = over_spans(bands, FRAMES_PER_S, edges)
    pitches = over_spans(chroma.whole, PITCH_FRAMES_PER_S, edges)
    parts = [(timbre, 1.0), (activity, 0.8), (pitches, 0.7)]
    scaled = [_standard(part) * weight / np.sqrt(part.shape[1]) for part, weight in parts]
    return np.concatenate(scaled, axis=1), scaled[-1]


def _standard(part: Floats) -> Floats:
    spread = part.std(axis=0, keepdims=True)
    return np.asarray((part - part.mean(axis=0, keepdims=True)) / (0.5 * spread + 0.5 * spread.mean() + 1e-9))


def boundary_evidence(
    whole: Floats, harmony: Floats, features: Features, edges: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """What speaks for a boundary at each edge, by the names of `WEIGHTS`; 0 at both ends."""
    span_s = float(np.median(np.diff(edges)))
    phrase = 4 * max(1, round(USUAL_REACH_S / span_s / 4))  # harmony comes round in fours
    usual, close = (_over_median(_novelty(whole, reach)) for reach in (phrase, 2))
    return {
        "novelty": np.clip(_above_neighbours(usual, phrase // 2), -2.0, 3.0),
        "novelty, wide": np.clip(_above_neighbours(usual, phrase), -2.0, 3.0),
        "novelty, narrow": np.clip(_above_neighbours(close, 2), -2.0, 3.0),
        "repetition": _robust(_above_neighbours(_robust(_repetition(whole, 2)), 2)),
        "repetition of chords": _robust(_repetition(harmony, 4)),
        "cymbal": _robust(_cymbal(features, edges)),
    }


def _above_neighbours(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """How far each value lies above the largest of so many on either side; 0 at both ends."""
    around = np.stack([np.roll(values, step) for step in range(-reach, reach + 1) if step])
    above = np.asarray(values - around.max(axis=0))
    above[[0, -1]] = 0.0
    return above


def _over_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values over their median, less 1; at most 4."""
    inner = values[1:-1]
    over = np.clip(values / (float(np.median(inner[inner > 0])) + 1e-9) - 1, -1.0, 4.0) if inner.any() else 0 * values
    over[[0, -1]] = 0.0
    return np.asarray(over)


def _robust(values: NDArray[np.float64]) -> NDArray[np.float64]:
    inner = values[1:-1]
    middle = float(np.median(inner))
    spread = float(np.percentile(inner, 75) - np.percentile(inner, 25)) / 1.35 + 0.25 * float(inner.std()) + 1e-9
    scaled = np.clip((values - middle) / spread, -3.0, 6.0)
    scaled[[0, -1]] = 0.0
    return np.asarray(scaled)


def _novelty(spans: Floats, reach: int) -> NDArray[np.float64]:
    """The distance of the means of so many spans before and after each edge."""
    count = len(spans)
    novelty = np.zeros(count + 1)
    for at in range(1, count):
        before, after = spans[max(0, at - reach) : at], spans[at : at + reach]
        novelty[at] = np.linalg.norm(before.mean(axis=0) - after.mean(axis=0)) * min(len(before), len(after), 2) / 2
    return novelty


def _repetition(spans: Floats, reach: int) -> NDArray[np.float64]:
    """How much the set of lags at which bars repeat differs before and after each edge."""
    count = len(spans)
    distance = np.linalg.norm(spans[:, None] - spans[None], axis=2)
    near = np.exp(-((distance / (np.percentile(distance, 25) + 1e-9)) ** 2))
    lags = np.zeros((count, 2 * count - 1))
    for at in range(count):
        lags[at, count - 1 - at : 2 * count - 1 - at] = near[at]  # column count-1 is lag 0
    lags[:, count - 1] = 0.0
    change = np.zeros(count + 1)
    for at in range(1, count):
        before, after = lags[max(0, at - reach) : at].mean(axis=0), lags[at : at + reach].mean(axis=0)
        change[at] = np.linalg.norm(before - after)
    return change


def _cymbal(features: Features, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much louder the highest bands are after each edge than after its neighbours, in powers of ten."""
    high = np.log10(features.mel[:, CYMBAL_BANDS:] + 1e-9 * features.mel.max() + 1e-12).mean(axis=1, keepdims=True)
    pairs = np.stack([edges + CYMBAL_FROM_S, edges + CYMBAL_TO_S], axis=1)
    after = over_spans(high, FRAMES_PER_S, pairs.ravel())[::2, 0]
    louder = np.zeros(len(edges))
    for at in range(1, len(edges) - 1):
        near = [after[one] for one in (at - 2, at - 1, at + 1, at + 2) if 0 < one < len(edges) - 1]
        louder[at] = after[at] - float(np.median(near)) if near else 0.0
    return louder


def best_path(logits: NDArray[np.float64], edges: NDArray[np.float64], *, has_bars: bool) -> list[int]:
    """The edges, both ends included, whose logits and lengths between them add up to most."""
    count = len(edges) - 1
    best, came = np.full(count + 1, -np.inf), np.zeros(count + 1, dtype=np.int64)
    best[0] = 0.0
    for end in range(1, count + 1):
        for begin in range(end):
            length_s = edges[end] - edges[begin]
            if length_s < SHORTEST_S and not (begin == 0 and length_s > SHORTEST_S / 2) and (begin or end < count):
                continue
            worth = _length_worth(end - begin) if has_bars and begin > 0 and end < count else 0.0
            total = best[begin] + worth + (logits[end] if end < count else 0.0)
            if total > best[end]:
                best[end], came[end] = total, begin
    path = [count]
    while path[-1]:
        path.append(int(came[path[-1]]))
    return path[::-1]


def _length_worth(bars: int) -> float:
    return next(worth for unit, worth in LENGTHS if bars % unit == 0)


def letters_of(spans: Floats, at: list[int]) -> list[str]:
    """A, B, … in order of appearance; stretches closer than `ALIKE` of the usual distance share one."""
    from scipy.cluster.hierarchy import fcluster, linkage

    means = np.stack([spans[begin:end].mean(axis=0) for begin, end in pairwise(at)])
    if len(means) == 1:
        return ["A"]
    usual = float(np.median(np.linalg.norm(spans - spans.mean(axis=0), axis=1)))
    groups = fcluster(linkage(means, "average"), ALIKE * usual, "distance")
    named: dict[int, str] = {}
    for group in groups:
        named.setdefault(int(group), _letter(len(named)))
    return [named[int(group)] for group in groups]


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"{chr(ord('A') + number // 26 - 1)}{chr(ord('A') + number % 26)}"
