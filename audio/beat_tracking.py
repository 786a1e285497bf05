"""Beats that follow a tempo: the best path of moments and intervals through the onset strength.

Dynamic programming over (moment, interval since the last beat), where the interval may drift from beat to beat. Like
Ellis (2007), with the tempo as a part of the state, so that drifting and changing tempi are followed.
"""

import numpy as np
from numpy.typing import NDArray

from audio.features import FRAMES_PER_S, Floats
from audio.onsets import LATE_S

RANGE = 0.28  # how far the tempo may leave the one it is started with
DRIFT_COST = 2000.0  # of the squared log ratio of successive intervals: half a beat must not be won by two quick ones
LEAVE_COST = 4.0


def track(strength: Floats, bpm: float) -> NDArray[np.float64]:
    """Times of beats in seconds at about ``bpm``, from the first to the last that the onsets support."""
    period = 60 * FRAMES_PER_S / bpm
    lags = np.arange(max(4, round(period * (1 - RANGE))), round(period * (1 + RANGE)) + 2)
    if strength.size < 2 * lags[-1]:
        return np.zeros(0)
    scores, led = _forward(strength.astype(np.float64), lags, period)
    frames = _trimmed(_backward(scores, led, lags), strength)
    return np.maximum(_refined(frames, strength) / FRAMES_PER_S - LATE_S, 0.0)


def _forward(
    strength: NDArray[np.float64], lags: NDArray[np.int64], period: float
) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """For each frame and lag the best score of a beat there, and how far off the lag is that goes on from it best."""
    frames, states, longest = strength.size, lags.size, int(lags[-1])
    logs = np.log(lags)
    reach = 3
    costs = np.full((2 * reach + 1, states), np.inf)
    for step in range(-reach, reach + 1):
        inside = np.arange(max(0, -step), min(states, states - step))
        costs[step + reach, inside] = DRIFT_COST * (logs[inside + step] - logs[inside]) ** 2
    weights = lags / period
    leaving = LEAVE_COST * np.log(lags / period) ** 2
    scores = np.zeros((frames + longest, states), dtype=np.float32)
    led = np.zeros((frames + longest, states), dtype=np.int8)
    passed = np.zeros((frames + longest, states))
    columns, padded = np.arange(states), np.full(states + 2 * reach, -1e9)
    for frame in range(frames):
        here = frame + longest
        now = strength[frame] * weights - leaving + passed[here - lags, columns]
        scores[here] = now
        padded[reach:-reach] = now
        windows = np.lib.stride_tricks.sliding_window_view(padded, states)
        options = windows - costs
        best = options.argmax(axis=0)
        led[here] = best - reach
        passed[here] = options[best, columns]
    return scores[longest:], led[longest:]


def _backward(scores: NDArray[np.float32], led: NDArray[np.int8], lags: NDArray[np.int64]) -> NDArray[np.int64]:
    tail = max(1, int(lags[-1]))
    last = scores[-tail:]
    frame, state = divmod(int(np.argmax(last)), lags.size)
    here = frame + scores.shape[0] - tail
    path = []
    while here >= 0:
        path.append(here)
        here -= int(lags[state])
        if here >= 0:
            state = int(np.clip(state + led[here, state], 0, lags.size - 1))
    return np.array(path[::-1], dtype=np.int64)


def _trimmed(frames: NDArray[np.int64], strength: Floats) -> NDArray[np.int64]:
    """Without the beats before the first onset and after the last: silence has no beats."""
    heard = np.array([strength[max(0, at - 4) : at + 5].max() for at in frames])
    strong = np.flatnonzero(heard > 0.5)
    return frames[strong[0] : strong[-1] + 1] if strong.size else frames[:0]


def _refined(frames: NDArray[np.int64], strength: Floats) -> NDArray[np.float64]:
    """Frames to the fraction of the parabola through their neighbours."""
    inner = np.clip(frames, 1, strength.size - 2)
    left, here, right = strength[inner - 1], strength[inner], strength[inner + 1]
    bend = left - 2 * here + right
    is_top = (here >= left) & (here >= right) & (bend < 0)
    shift = np.where(is_top, 0.5 * (left - right) / np.where(bend < 0, bend, -1.0), 0.0)
    return np.asarray(inner + shift, dtype=np.float64)
