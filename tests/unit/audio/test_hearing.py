"""What is heard in sounds whose truth is known, and nothing in sounds that hold none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.analysis import Analysis, analyse
from audio.jams_file import NAMESPACES, as_jams
from tests.unit.audio.conftest import RATE, clicks, tone


def chord(root_hz: float, seconds: float, third: int) -> np.ndarray:
    """A triad of plucked tones with harmonics."""
    fade = np.exp(-np.arange(int(seconds * RATE)) / RATE / 1.5)
    notes = [root_hz * 2 ** (step / 12) for step in (0, third, 7)]
    return np.sum([tone(hz * part, seconds, 0.08 / part) for hz in notes for part in (1, 2, 3)], axis=0) * fade


@pytest.fixture(scope="module")
def song() -> np.ndarray:
    """24 bars of 4/4 at 120 BPM at A = 436 Hz: C, G, A minor, F, a click on each beat, a low thump on each first."""
    a_hz = 436.0
    roots = [(a_hz * 2 ** (step / 12) / 2, third) for step, third in ((3, 4), (-2, 4), (0, 3), (-4, 4))]
    harmony = np.concatenate([chord(hz, 2.0, third) for _ in range(6) for hz, third in roots])
    rhythm = 0.3 * clicks(120, 48.0)
    for bar in range(24):
        start = bar * 2 * RATE
        rhythm[start : start + RATE // 5] += tone(60, 0.2, 0.5) * np.exp(-np.arange(RATE // 5) / RATE / 0.05)
    return np.asarray(harmony + rhythm)


def told(written: Callable[..., Path], sound: np.ndarray) -> Analysis:
    return analyse(written(0.7 * sound / np.abs(sound).max()))


def test_a_song_is_heard_as_it_was_made(written: Callable[..., Path], song: np.ndarray) -> None:
    analysis = told(written, song)
    assert analysis.tempi[0][0] == pytest.approx(120, rel=0.01)
    assert sum(share for _, share in analysis.tempi) == pytest.approx(1)
    assert analysis.tuning_hz == pytest.approx(436, abs=1.5)
    assert analysis.key == "C:major"
    assert analysis.beats_per_bar == 4
    firsts = [beat.time_s for beat in analysis.beats if beat.position == 1]
    assert max(abs(at - 2 * round(at / 2)) for at in firsts) < 0.05
    heard = {round(one.start_s / 2): one.label for one in analysis.chords if one.end_s - one.start_s > 1}
    assert [heard.get(bar) for bar in range(4, 8)] == ["C:maj", "G:maj", "A:min", "F:maj"]
    assert analysis.chords[0].start_s == 0
    assert analysis.chords[-1].end_s == pytest.approx(48)
    np.testing.assert_allclose(np.linalg.norm(analysis.embedding), 1, atol=1e-3)


def test_a_song_between_two_octaves_of_rates_and_formats_is_the_same_song(
    written: Callable[..., Path], song: np.ndarray
) -> None:
    """96 kHz and one silent channel, turned phase, an offset: none of it is music."""
    from scipy.signal import resample_poly

    level = 0.5 * song / np.abs(song).max()
    fast = resample_poly(level, 320, 147)
    for sound, rate in (
        (np.stack([fast, np.zeros_like(fast)]), 96_000),
        (np.stack([level, -level]), RATE),
        (np.stack([level + 0.2, level + 0.2]), RATE),
    ):
        analysis = analyse(written(sound, rate=rate))
        assert analysis.duration_s == pytest.approx(48, abs=0.01)
        assert analysis.tempi[0][0] == pytest.approx(120, rel=0.01)
        assert analysis.key == "C:major"


@pytest.mark.parametrize("kind", ["white noise", "drone", "sine", "applause"])
def test_nothing_is_invented(written: Callable[..., Path], kind: str) -> None:
    rng = np.random.default_rng(3)
    sounds = {
        "white noise": rng.normal(size=20 * RATE),
        "drone": np.sum([tone(110 * part, 20.0, 1 / part) for part in range(1, 8)], axis=0),
        "sine": tone(440, 20.0),
        "applause": np.zeros(20 * RATE),
    }
    for at in rng.integers(0, 19 * RATE, 3000):
        sounds["applause"][at : at + 900] += rng.normal(size=900) * np.exp(-np.arange(900) / 200) * rng.uniform(0.2, 1)
    analysis = told(written, sounds[kind])
    assert (analysis.tempi, analysis.beats, analysis.key, analysis.tuning_hz) == ([], [], None, None)
    assert [one.label for one in analysis.chords] == ["N"]
    whole = as_jams(analysis, kind)
    whole.validate(strict=True)
    assert [one.namespace for one in whole.annotations] == list(NAMESPACES)
    assert [len(whole.search(namespace=f"^{name}$")[0].data) for name in ("tempo", "beat", "key_mode")] == [0, 0, 0]


def test_loudness_is_that_of_the_standard(written: Callable[..., Path]) -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23.0 LUFS."""
    sine = tone(1000, 20.0, 10 ** (-23 / 20), rate=48_000)
    loudness = analyse(written(np.stack([sine, sine]), rate=48_000)).loudness
    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert loudness.true_peak_dbtp == pytest.approx(-23.0, abs=0.2)
