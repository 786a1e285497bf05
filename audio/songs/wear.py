"""What happens to a song between the studio and a folder of files: rooms, levels, noise, vinyl, lossy encoders.

Rendered songs are cleaner than records. The same songs worn, with the same truth, say what rests on that.
Nothing here moves a beat by more than a millisecond or a tone by more than a cent.
"""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]  # shape (samples, channels), full scale being 1
MP3_BITS_PER_S = 96_000


def worn(path: Path, seed: int, out: Path) -> list[str]:
    """Write the WAV file at ``path`` as MP3 with one to three kinds of wear by the seed; return their names."""
    rng = np.random.default_rng([seed, 5])
    sound, rate = read_wave(path)
    chosen = sorted(rng.choice(list(KINDS), size=int(rng.integers(1, 4)), replace=False), key=list(KINDS).index)
    for kind in chosen:
        sound = KINDS[kind](sound, rate, rng)
    write_mp3(sound * np.float32(0.9 / max(float(np.abs(sound).max()), 1e-6)), rate, out)
    return [str(kind) for kind in chosen]


def read_wave(path: Path) -> tuple[Sound, int]:
    """Samples of shape (samples, channels) and the rate of a WAV file of 16 bits."""
    with wave.open(str(path), "rb") as opened:
        told = np.frombuffer(opened.readframes(opened.getnframes()), dtype="<i2")
        return (told.reshape(-1, opened.getnchannels()) / 32768).astype(np.float32), opened.getframerate()


def write_mp3(sound: Sound, rate: int, path: Path) -> None:
    """Encode at `MP3_BITS_PER_S`."""
    import av

    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate, layout="stereo")
        stream.bit_rate = MP3_BITS_PER_S
        stereo = np.ascontiguousarray(np.broadcast_to(sound.T, (2, len(sound))), dtype=np.float32)
        for start in range(0, stereo.shape[1], 2**16):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stereo[:, start : start + 2**16]), "fltp", "stereo")
            frame.sample_rate = rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def in_a_room(sound: Sound, rate: int, rng: np.random.Generator) -> Sound:
    """The sound and its echo of .4 to 1.8 s, which loses its heights: exponential decay of coloured noise."""
    from scipy.signal import butter, oaconvolve, sosfilt

    seconds = float(rng.uniform(0.4, 1.8))
    fade = np.exp(-6.9 * np.arange(int(seconds * rate)) / (seconds * rate))
    echo = sosfilt(butter(1, 4000, fs=rate, output="sos"), rng.normal(size=fade.size) * fade)
    echo *= float(rng.uniform(0.3, 0.9)) / np.sqrt(np.sum(echo**2))
    echo[0] += 1.0
    return np.asarray(oaconvolve(sound, echo[:, None], axes=0)[: len(sound)], dtype=np.float32)


def noisy(sound: Sound, rate: int, rng: np.random.Generator) -> Sound:
    """Tape hiss or a crowd, 15 to 30 dB under the music."""
    from scipy.signal import butter, sosfilt

    noise = rng.normal(size=(len(sound), 1))
    noise = sosfilt(butter(1, float(rng.uniform(1000, 8000)), fs=rate, output="sos"), noise, axis=0)
    level = np.sqrt(np.mean(sound**2) / np.mean(noise**2)) * 10 ** (-rng.uniform(15, 30) / 20)
    return np.asarray(sound + level * noise, dtype=np.float32)


def from_vinyl(sound: Sound, rate: int, rng: np.random.Generator) -> Sound:
    """Crackle, a few clicks a second of very different strengths, and rumble under 40 Hz; one channel for both ears."""
    from scipy.signal import butter, sosfilt

    mono = sound.mean(axis=1)
    spread = float(mono.std())
    count = int(len(mono) / rate * rng.uniform(3, 15))
    clicks = np.zeros_like(mono)
    clicks[rng.integers(0, len(mono), count)] = (
        spread * np.minimum(rng.pareto(1.5, count), 12) * rng.choice([-1, 1], count)
    )
    clicks = sosfilt(butter(1, (800, 9000), "band", fs=rate, output="sos"), clicks)
    rumble = sosfilt(butter(2, 40, fs=rate, output="sos"), rng.normal(size=mono.size))
    rumble *= 0.1 * spread / rumble.std()
    return np.asarray((mono + clicks + rumble)[:, None], dtype=np.float32)


def squashed(sound: Sound, rate: int, rng: np.random.Generator) -> Sound:
    """As loud as it gets: quick compression, then soft clipping."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    step = rate // 200
    blocks = np.abs(sound[: len(sound) // step * step]).max(axis=1).reshape(-1, step).max(axis=1)
    envelope = uniform_filter1d(maximum_filter1d(blocks, 5), 15) + 1e-3
    gain = np.interp(np.arange(len(sound)), np.arange(blocks.size) * step, envelope ** -float(rng.uniform(0.4, 0.8)))
    louder = sound * gain[:, None]
    return np.asarray(np.tanh(2.0 * louder / np.percentile(np.abs(louder), 99.5)), dtype=np.float32)


def uneven(sound: Sound, rate: int, rng: np.random.Generator) -> Sound:
    """Somebody at the volume: levels that wander by up to 12 dB over seconds."""
    knots = np.arange(0, len(sound) + 8 * rate, 8 * rate)
    gain = np.interp(np.arange(len(sound)), knots, rng.uniform(-12, 0, knots.size))
    return np.asarray(sound * 10 ** (gain[:, None] / 20), dtype=np.float32)


def dull(sound: Sound, rate: int, rng: np.random.Generator) -> Sound:
    """A small loudspeaker or an old microphone: no lows, no heights."""
    from scipy.signal import butter, sosfilt

    band = (float(rng.uniform(60, 250)), float(rng.uniform(3000, 8000)))
    return np.asarray(sosfilt(butter(2, band, "band", fs=rate, output="sos"), sound, axis=0), dtype=np.float32)


Wear = Callable[[Sound, int, np.random.Generator], Sound]
KINDS: dict[str, Wear] = {
    "squashed": squashed,
    "in a room": in_a_room,
    "dull": dull,
    "noisy": noisy,
    "from vinyl": from_vinyl,
    "uneven": uneven,
}
