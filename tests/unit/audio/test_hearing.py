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


def sung(rng: np.random.Generator, seconds: float) -> np.ndarray:
    """A voice alone, free in time and not quite in tune: notes that glide, shake and breathe."""
    notes: list[np.ndarray] = []
    before_hz = 220.0
    while sum(note.size for note in notes) < seconds * RATE:
        size = int(rng.uniform(0.25, 1.8) * RATE)
        at = np.arange(size) / RATE
        hz = 220 * 2 ** ((rng.choice([0, 2, 4, 5, 7, 9]) + rng.normal(0, 0.35)) / 12)
        pitch = before_hz + (hz - before_hz) * (1 - np.exp(-at / 0.06))
        pitch *= 1 + 0.012 * np.sin(2 * np.pi * 5.5 * at) * np.clip(at / 0.3, 0, 1)
        turns = np.cumsum(pitch) / RATE
        voice = np.sum([np.sin(2 * np.pi * part * turns) / part**1.2 for part in range(1, 16)], axis=0)
        notes += [voice * np.minimum(1, np.minimum(at / 0.05, (size / RATE - at) / 0.08))]
        notes += [np.zeros(int(rng.uniform(0, 0.6) * RATE))]
        before_hz = hz
    return np.concatenate(notes)


def spoken(rng: np.random.Generator, seconds: float) -> np.ndarray:
    """Syllables of noise and of a falling voice, in groups with pauses."""
    sound = np.zeros(int(seconds * RATE))
    now = 0.2
    while now < seconds - 0.5:
        size = int(rng.uniform(0.08, 0.25) * RATE)
        at, begin = np.arange(size) / RATE, int(now * RATE)
        turns = np.cumsum(rng.uniform(90, 180) * (1 - 0.4 * at / at[-1])) / RATE
        voice = np.sum([np.sin(2 * np.pi * part * turns) / part for part in range(1, 25)], axis=0)
        breath = rng.normal(size=size) * np.exp(-at / 0.03)
        sound[begin : begin + size] += (voice + 0.7 * breath) * np.hanning(size)
        now += size / RATE + (rng.uniform(0.3, 0.9) if rng.random() < 0.15 else rng.uniform(0, 0.08))
    return sound


def applause(rng: np.random.Generator, seconds: float) -> np.ndarray:
    sound = np.zeros(int(seconds * RATE))
    for at in rng.integers(0, sound.size - RATE, 3000):
        sound[at : at + 900] += rng.normal(size=900) * np.exp(-np.arange(900) / 200) * rng.uniform(0.2, 1)
    return sound


def swelling(seconds: float) -> np.ndarray:
    """A drone whose partials come and go, each at its own pace."""
    at = np.arange(int(seconds * RATE)) / RATE
    swells = [1 + 0.3 * np.sin(2 * np.pi * 0.07 * part * at) for part in range(1, 20)]
    partials = [np.sin(2 * np.pi * 55 * part * at * (1 + 1e-4 * part)) / part for part in range(1, 20)]
    return np.sum(np.array(swells) * np.array(partials), axis=0)


NO_MUSIC: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "white noise": lambda rng: rng.normal(size=20 * RATE),
    "drone": lambda rng: np.sum([tone(110 * part, 20.0, 1 / part) for part in range(1, 8)], axis=0),
    "swelling drone": lambda rng: swelling(20.0),
    "hum": lambda rng: tone(50, 20.0, 0.3) + tone(150, 20.0, 0.1) + rng.normal(0, 0.02, 20 * RATE),
    "sine": lambda rng: tone(440, 20.0),
    "applause": lambda rng: applause(rng, 20.0),
    "speech": lambda rng: spoken(rng, 20.0),
}


@pytest.mark.parametrize("kind", NO_MUSIC)
def test_nothing_is_invented(written: Callable[..., Path], kind: str) -> None:
    analysis = told(written, NO_MUSIC[kind](np.random.default_rng(3)))
    assert (analysis.tempi, analysis.beats, analysis.key, analysis.tuning_hz) == ([], [], None, None)
    assert [one.label for one in analysis.chords] == ["N"]
    whole = as_jams(analysis, kind)
    whole.validate(strict=True)
    assert [one.namespace for one in whole.annotations] == list(NAMESPACES)
    assert [len(whole.search(namespace=f"^{name}$")[0].data) for name in ("tempo", "beat", "key_mode")] == [0, 0, 0]


@pytest.mark.parametrize("seed", [3, 4])
def test_a_voice_that_sings_freely_has_no_beat(written: Callable[..., Path], seed: int) -> None:
    analysis = told(written, sung(np.random.default_rng(seed), 25.0))
    assert (analysis.tempi, analysis.beats, analysis.beats_per_bar) == ([], [], None)


def test_loudness_is_that_of_the_standard(written: Callable[..., Path]) -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23.0 LUFS."""
    sine = tone(1000, 20.0, 10 ** (-23 / 20), rate=48_000)
    loudness = analyse(written(np.stack([sine, sine]), rate=48_000)).loudness
    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert loudness.true_peak_dbtp == pytest.approx(-23.0, abs=0.2)
