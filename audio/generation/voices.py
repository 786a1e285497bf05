"""The sound of notes from oscillators in NumPy: drums of sweeps and noise, pitched voices of a few partials."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from audio.generation.parts import Note

RATE = 44_100
Floats = NDArray[np.float64]
# Strengths of the partials, seconds until a third is left (None: held), seconds of attack.
VOICES: dict[str, tuple[tuple[float, ...], float | None, float]] = {
    "bass": ((1.0, 0.45, 0.2, 0.1), 0.9, 0.004),
    "piano": ((1.0, 0.4, 0.15, 0.08, 0.04), 0.8, 0.003),
    "guitar": ((1.0, 0.55, 0.3, 0.15, 0.08), 0.5, 0.002),
    "other": ((1.0, 0.3, 0.1), None, 0.05),
    "synth": ((1.0, 0.0, 0.3, 0.0, 0.12), None, 0.01),
}
RELEASE_S = 0.02
PEAK, RMS = 0.8, 0.12  # the level is that of the RMS, unless the peak would be exceeded
LONGEST_DRUM_S = 0.25


def render(notes: Iterable[Note], stem: str, duration_s: float, tuning_hz: float, seed: int) -> Floats:
    """The notes as mono samples of `RATE`, exactly as long as the loop."""
    sound = np.zeros(round(duration_s * RATE))
    rng = np.random.default_rng([seed, 1])
    for note in notes:
        first, last = round(note.start_s * RATE), min(round(note.end_s * RATE), sound.size)
        if last - first < 2:
            continue
        at = np.arange(last - first) / RATE
        if isinstance(note.pitch, str):
            voiced = _drum(note.pitch, at[: int(LONGEST_DRUM_S * RATE)], rng)
        else:
            voiced = _tone(tuning_hz * 2 ** ((note.pitch - 69) / 12), at, stem)
        sound[first : first + voiced.size] += note.level * _released(voiced)
    peak = float(np.abs(sound).max()) if sound.size else 0.0
    return sound * min(PEAK / peak, RMS / float(np.sqrt(np.mean(sound**2)))) if peak else sound


def _tone(hz: float, at: Floats, stem: str) -> Floats:
    partials, decay_s, attack_s = VOICES[stem]
    voiced = np.zeros(at.size)
    for number, strength in enumerate(partials, 1):
        if strength and hz * number < RATE / 2:
            voiced += strength * np.sin(2 * np.pi * hz * number * at)
    envelope = np.minimum(1.0, at / attack_s)
    return voiced * envelope * (np.exp(-at / decay_s) if decay_s else 1.0)


def _drum(name: str, at: Floats, rng: np.random.Generator) -> Floats:
    if name == "kick":  # a sweep from 160 to 45 Hz, with a click
        phase = 2 * np.pi * (45 * at + 115 * 0.03 * (1 - np.exp(-at / 0.03)))
        return np.asarray(np.sin(phase) * np.exp(-at / 0.12) + 0.3 * rng.normal(size=at.size) * np.exp(-at / 0.004))
    noise = rng.normal(size=at.size)
    if name == "snare":
        return np.asarray(0.45 * noise * np.exp(-at / 0.06) + 0.5 * np.sin(2 * np.pi * 185 * at) * np.exp(-at / 0.05))
    return np.asarray(0.3 * np.diff(noise, prepend=0.0) * np.exp(-at / 0.025))  # a hat: the difference lifts the treble


def _released(voiced: Floats) -> Floats:
    fade = min(int(RELEASE_S * RATE), voiced.size // 2)
    if fade:
        voiced[-fade:] *= np.linspace(1.0, 0.0, fade)
    return voiced
