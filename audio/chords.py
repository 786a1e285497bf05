"""Chords: 24 triads or none, the most probable path over the beats."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.features import PITCH_FRAMES_PER_S
from audio.pitch import NAMES, Chroma, over_spans

NO_CHORD = "N"
# A triad may come with a seventh, which is heard as part of it and not told apart.
SHAPES = (((0, 4, 7), (0, 4, 7, 11), (0, 4, 7, 10)), ((0, 3, 7), (0, 3, 7, 10)))
SEVENTHS_COST = 0.04
WITHOUT_BEATS_S = 0.5
STAYING = 1.2  # how much better a change must fit than staying, in units of the spread of fits
STAYING_ON_FIRST, STAYING_WITHIN = 0.3, 3.5  # the same where bars are known
FIT_OF_NONE = 0.55
BASS = 0.07


@dataclass(frozen=True)
class Chord:
    """A chord in Harte's notation from one second to another, with how much clearer it is than the next."""

    start_s: float
    end_s: float
    label: str
    clarity: float


def chords_of(
    chroma: Chroma, beats_s: NDArray[np.float64], downbeats_s: NDArray[np.float64], duration_s: float
) -> list[Chord]:
    """The chords, without gaps from 0 to the end; `N` where no triad fits. They change on first beats rather."""
    edges = grid_over(beats_s, duration_s)
    spans = over_spans(chroma.whole, PITCH_FRAMES_PER_S, edges)
    bass = over_spans(chroma.bass, PITCH_FRAMES_PER_S, edges)
    fits = _fits(spans, bass)
    path = _viterbi(fits, _staying(edges, downbeats_s))
    ordered = np.sort(fits[:, :24], axis=1)
    clarity = ordered[:, -1] - ordered[:, -2]
    chords: list[Chord] = []
    begin = 0
    for at in range(1, len(path) + 1):
        if at == len(path) or path[at] != path[begin]:
            chords.append(
                Chord(float(edges[begin]), float(edges[at]), _label(path[begin]), float(clarity[begin:at].mean()))
            )
            begin = at
    return chords


def grid_over(beats_s: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    """Edges from 0 to the end: the beats where there are some, else every half second."""
    inner = beats_s if beats_s.size >= 2 else np.arange(WITHOUT_BEATS_S, duration_s, WITHOUT_BEATS_S)
    if beats_s.size >= 2:  # go on at the pace of the first and last beats where music surrounds them
        first, last = beats_s[1] - beats_s[0], beats_s[-1] - beats_s[-2]
        before = np.arange(beats_s[0] - first, 0, -first)[::-1]
        inner = np.concatenate([before, beats_s, np.arange(beats_s[-1] + last, duration_s, last)])
    inner = inner[(inner > 0.05) & (inner < duration_s - 0.05)]
    return np.concatenate([[0.0], inner, [duration_s]])


def _fits(spans: NDArray[np.float32], bass: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine of each span with each triad, with a little for its root in the bass; the last column is no chord."""
    unit = spans / np.maximum(np.linalg.norm(spans, axis=1, keepdims=True), 1e-9)
    fits = np.zeros((len(spans), 25))
    for number, shapes in enumerate(SHAPES):
        for root in range(12):
            heard = []
            for steps in shapes:
                template = np.zeros(12)
                template[[(root + step) % 12 for step in steps]] = 1 / np.sqrt(len(steps))
                heard.append(unit @ template - SEVENTHS_COST * (len(steps) == 4))
            fits[:, number * 12 + root] = np.max(heard, axis=0) + BASS * bass[:, root]
    fits[:, 24] = FIT_OF_NONE
    return fits


def _staying(edges: NDArray[np.float64], downbeats_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much better a change must fit than staying, at the beginning of each span."""
    if downbeats_s.size < 2:
        return np.full(len(edges) - 1, STAYING)
    nearest = np.abs(edges[:-1, None] - downbeats_s[None]).min(axis=1)
    return np.where(nearest < 0.05, STAYING_ON_FIRST, STAYING_WITHIN)


def _viterbi(fits: NDArray[np.float64], staying: NDArray[np.float64]) -> NDArray[np.int64]:
    scores = fits / 0.1
    total = np.zeros_like(scores)
    came = np.zeros(scores.shape, dtype=np.int64)
    total[0] = scores[0]
    for at in range(1, len(scores)):
        best = int(np.argmax(total[at - 1]))
        moved = total[at - 1, best] - staying[at]
        stays = total[at - 1] >= moved
        came[at] = np.where(stays, np.arange(scores.shape[1]), best)
        total[at] = np.where(stays, total[at - 1], moved) + scores[at]
    path = np.zeros(len(scores), dtype=np.int64)
    path[-1] = int(np.argmax(total[-1]))
    for at in range(len(scores) - 1, 0, -1):
        path[at - 1] = came[at, path[at]]
    return path


def _label(state: int) -> str:
    if state == 24:
        return NO_CHORD
    return f"{NAMES[state % 12]}:{'maj' if state < 12 else 'min'}"
