"""Beats as a best path through onsets that were set by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.beat_tracking import track
from audio.features import FRAMES_PER_S, Floats


def onsets_at(*parts: tuple[NDArray[np.float64], float], seconds: float = 60.0) -> Floats:
    """Onset strength with bumps of a height at some moments, low between them."""
    strength = np.full(int(seconds * FRAMES_PER_S), -0.3)
    for moments_s, height in parts:
        for at in moments_s:
            middle = round(at * FRAMES_PER_S)
            near = np.arange(max(0, middle - 3), min(strength.size, middle + 4))
            strength[near] = np.maximum(strength[near], height * np.exp(-(((near - middle) / 1.5) ** 2)))
    return strength.astype(np.float32)


def off_by(beats_s: NDArray[np.float64], true_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds from each beat to the nearest true one."""
    return np.asarray(np.abs(beats_s[:, None] - true_s[None]).min(axis=1))


def test_a_passage_with_louder_off_beats_does_not_win_half_a_beat() -> None:
    """120 BPM; for ten seconds the off-beats are struck and the beats hardly: all beats stay where they are."""
    beats_s = np.arange(0.5, 59.5, 0.5)
    passage = (beats_s > 20) & (beats_s < 30)
    strength = onsets_at((beats_s[~passage], 2.5), (beats_s[passage], 1.0), (beats_s[passage] + 0.25, 2.5))
    tracked = track(strength, 120.0)
    assert off_by(tracked, beats_s).max() < 0.05
    assert tracked.size == pytest.approx(beats_s.size, abs=2)


@pytest.mark.parametrize("to_bpm", [96.0, 150.0])
def test_a_tempo_that_steps_is_followed(to_bpm: float) -> None:
    first_s = np.arange(0.5, 30.0, 0.5)
    beats_s = np.concatenate([first_s, np.arange(first_s[-1] + 60 / to_bpm, 59.5, 60 / to_bpm)])
    tracked = track(onsets_at((beats_s, 2.5)), 120.0)
    assert np.mean(off_by(tracked, beats_s) < 0.05) > 0.97
    assert np.mean(off_by(beats_s, tracked) < 0.05) > 0.97
