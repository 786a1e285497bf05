"""Sounds made in NumPy, and files of them; all tests here need the audio packages."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.needs import need_packages

RATE = 44_100


@pytest.fixture(autouse=True, scope="session")
def audio_packages() -> None:
    need_packages("av", target="audio")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write samples of shape (channels, samples) as a WAV file of 16 bits."""

    def write(samples: NDArray[np.floating], name: str = "sound.wav", rate: int = RATE) -> Path:
        shaped = np.atleast_2d(samples)
        path = tmp_path / name
        with wave.open(str(path), "wb") as opened:
            opened.setnchannels(shaped.shape[0])
            opened.setsampwidth(2)
            opened.setframerate(rate)
            opened.writeframes((np.clip(shaped.T, -1, 1) * 32767).astype("<i2").tobytes())
        return path

    return write


def tone(hz: float, seconds: float, level: float = 0.3, rate: int = RATE) -> NDArray[np.float64]:
    """A sine."""
    return np.asarray(level * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate))


def clicks(bpm: float, seconds: float, first_s: float = 0.0, rate: int = RATE) -> NDArray[np.float64]:
    """Short decaying bursts on every beat."""
    sound = np.zeros(int(seconds * rate))
    length = int(0.03 * rate)
    burst = np.random.default_rng(0).normal(size=length) * np.exp(-np.arange(length) / (0.006 * rate))
    for at in np.arange(first_s, seconds - 0.05, 60 / bpm):
        start = int(at * rate)
        sound[start : start + burst.size] += 0.5 * burst
    return sound
