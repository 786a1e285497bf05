"""Worn songs: another sound of the same music at the same moments."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from audio.features import features_of
from audio.songs.wear import KINDS, read_wave, worn
from tests.unit.audio.conftest import RATE, clicks, tone


@pytest.mark.parametrize("kind", KINDS)
def test_wear_changes_the_sound_and_moves_nothing(written: Callable[..., Path], kind: str) -> None:
    """Bursts stay where they were: the sound goes best with the old one when neither is shifted."""
    sound, rate = read_wave(written(np.stack([clicks(90, 6.0)] * 2)))
    used = KINDS[kind](sound, rate, np.random.default_rng(1))
    assert len(used) == len(sound)
    assert np.isfinite(used).all()
    before, after = (uniform_filter1d(np.abs(one.mean(axis=1)).astype(float), 200) for one in (sound, used))
    assert np.abs(after / after.std() - before / before.std()).max() > 0.1
    shifts = np.arange(-int(0.02 * rate), int(0.02 * rate) + 1, 44)
    agreement = [float(np.dot(before[2000:-2000], np.roll(after, -shift)[2000:-2000])) for shift in shifts]
    assert abs(shifts[int(np.argmax(agreement))]) <= 0.002 * rate


def test_a_seed_wears_a_song_one_way_and_the_mp3_is_as_long(written: Callable[..., Path], tmp_path: Path) -> None:
    path = written(np.stack([tone(220, 8.0) + tone(660, 8.0, 0.1)] * 2))
    kinds = worn(path, 7, tmp_path / "one.mp3")
    assert kinds == worn(path, 7, tmp_path / "other.mp3")
    assert set(kinds) <= set(KINDS)
    assert (tmp_path / "one.mp3").read_bytes() == (tmp_path / "other.mp3").read_bytes()
    features = features_of(tmp_path / "one.mp3")
    with wave.open(str(path)) as opened:
        assert features.duration_s == pytest.approx(opened.getnframes() / RATE, abs=0.03)
    assert float(features.outline.max()) == pytest.approx(0.9, abs=0.1)
