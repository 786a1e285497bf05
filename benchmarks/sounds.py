"""Sounds for measuring time and memory, made in NumPy: no truth is known of them, and no program is needed."""

import wave
from pathlib import Path

import numpy as np

RATE = 44_100
CHUNK_S = 60


def write_song(path: Path, seed: int, seconds: float) -> None:
    """Write a stereo WAV file of so many seconds, in bounded memory: triads on the bar, noise on the beat."""
    rng = np.random.default_rng(seed)
    bpm = rng.uniform(80, 160)
    with wave.open(str(path), "wb") as opened:
        opened.setnchannels(2)
        opened.setsampwidth(2)
        opened.setframerate(RATE)
        for start in np.arange(0, seconds, CHUNK_S):
            sound = _sound(rng, bpm, min(CHUNK_S, seconds - start))
            opened.writeframes(np.repeat(np.round(sound * 32_000).astype("<i2")[:, None], 2, axis=1).tobytes())


def _sound(rng: np.random.Generator, bpm: float, seconds: float) -> np.ndarray:
    """Up to a minute of it, full scale being 1."""
    count = round(seconds * RATE)
    sound = np.zeros(count)
    bar = round(240 / bpm * RATE)
    for begin in range(0, count, bar):
        at = np.arange(min(bar, count - begin)) / RATE
        root = 110 * 2 ** (rng.integers(12) / 12)
        for step in (0, rng.choice([3, 4]), 7):
            for part in (1, 2, 3):
                sound[begin : begin + at.size] += 0.08 / part * np.sin(2 * np.pi * root * 2 ** (step / 12) * part * at)
    fade = np.exp(-np.arange(1300) / 250)
    for begin in range(0, count - fade.size, round(60 / bpm * RATE)):
        sound[begin : begin + fade.size] += 0.4 * rng.normal(size=fade.size) * fade
    return sound / max(1.0, 1.05 * float(np.abs(sound).max()))
