"""The benchmark of an analysis with stems: what is struck and what sounds on, and what its table says."""

import numpy as np

from benchmarks.audio_stems import RATE, Row, report, split
from tests.needs import need_packages


def test_clicks_are_struck_and_a_tone_sounds_on() -> None:
    need_packages("scipy", target="setup")
    tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)
    sound = tone.copy()
    sound[RATE // 2 :: RATE // 2] += 0.9
    struck, sounding = split(sound.astype(np.float32))
    assert struck.size == sounding.size
    assert np.allclose(struck + sounding, sound[: struck.size], atol=1e-5)
    inner = slice(RATE // 4, 3 * RATE)
    clicks = np.abs(struck[inner]).max()
    assert clicks > 5 * np.abs(sounding[inner] - tone[inner]).max()
    peaks = np.flatnonzero(np.abs(struck) > 0.5 * clicks)
    assert np.all(np.abs(peaks - np.round(peaks / (RATE // 2)) * (RATE // 2)) < RATE // 100)


def test_an_aspect_wins_only_by_more_than_a_rounding() -> None:
    rows = [Row("a", "beats", 0.9, 1.0), Row("b", "beats", 0.9, 0.9), Row("a", "key", 1.0, 1.0)]
    lines = report(rows).splitlines()
    assert lines[2] == "| a | beats | 0.900 | 1.000 |"
    assert lines[-2:] == ["| mean | beats | 0.900 | 0.950: wins |", "| mean | key | 1.000 | 1.000: does not win |"]
