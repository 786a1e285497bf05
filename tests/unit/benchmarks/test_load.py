"""What the benches of the audio's load are made of: songs of the length that was asked for, and growth as a line."""

import wave
from pathlib import Path

import numpy as np
import pytest

from benchmarks.audio_load import SETTLED, slope_kib
from benchmarks.sounds import RATE, write_song


@pytest.mark.parametrize("seconds", [1.5, 60.0, 61.0])
def test_a_song_has_its_length_and_its_seed(tmp_path: Path, seconds: float) -> None:
    one, again, other = (tmp_path / f"{name}.wav" for name in ("one", "again", "other"))
    write_song(one, 3, seconds)
    with wave.open(str(one)) as opened:
        assert (opened.getnframes(), opened.getframerate(), opened.getnchannels()) == (round(seconds * RATE), RATE, 2)
        sound = np.frombuffer(opened.readframes(RATE), dtype="<i2")
    assert 3_000 < np.abs(sound).max() <= 32_000
    if seconds < 10:
        write_song(again, 3, seconds)
        write_song(other, 4, seconds)
        assert one.read_bytes() == again.read_bytes() != other.read_bytes()


def test_growth_is_that_after_a_process_has_settled() -> None:
    """500 MiB at the start are no growth; 30 KiB a file from then on are."""
    held = [100.0 + 25 * min(number, SETTLED) + 30 / 1024 * max(0, number - SETTLED) for number in range(120)]
    assert slope_kib(held) == pytest.approx(30)
