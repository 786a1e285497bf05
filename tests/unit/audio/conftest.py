"""Sounds made in NumPy, and files of them; all tests here need the audio packages."""

import wave
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import ON_CI

RATE = 44_100


@pytest.fixture(autouse=True, scope="session")
def audio_packages() -> None:
    """Skip where `make audio` was not run; on CI that is a failure."""
    if find_spec("av") is None:
        reason = "the audio packages are not installed: make audio"
        pytest.fail(reason) if ON_CI else pytest.skip(reason)


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
