"""What is kept of a song: mel bands for rhythm and timbre, spectral peaks for pitch, and its levels.

About 1.3 MB a minute, whatever the file's rate and channels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.decode import Decoded, Decoder, Samples
from audio.levels import Loudness, Meter, Outline
from audio.stream import RATE, Framer, MonoMixer, Recorder, Resampler

Floats = NDArray[np.float32]
HOP, WINDOW, BANDS = 220, 1024, 40  # rhythm and timbre: about 100 windows of 46 ms a second
PITCH_HOP, PITCH_WINDOW, PEAKS = 2200, 8192, 40  # pitch: about 10 windows of 0.37 s a second
FRAMES_PER_S, PITCH_FRAMES_PER_S = RATE / HOP, RATE / PITCH_HOP
LOWEST_HZ, HIGHEST_HZ = 40.0, 5000.0
CHUNK = RATE * 5


@dataclass(frozen=True)
class Features:
    """What the analysis works on; frame i of a series stands at i times its hop.

    Attributes:
        decoded: what the decoder knows of the file.
        mel: power in mel bands, shape (frames, 40), `FRAMES_PER_S` a second.
        peak_hz: frequencies of the strongest spectral peaks, shape (pitch frames, 40), 0 where there are fewer.
        peak_level: their magnitudes, same shape.
        peakiness: share of the power between 40 and 5000 Hz that lies in peaks, per pitch frame: 1 a tone, low noise.
        loudness: EBU R128.
        outline: peaks of the waveform, for drawing.
    """

    decoded: Decoded
    mel: Floats
    peak_hz: Floats
    peak_level: Floats
    peakiness: Floats
    loudness: Loudness
    outline: Floats

    @property
    def duration_s(self) -> float:
        """Seconds that were decoded."""
        return self.decoded.decoded_s


def features_of(path: Path, recorder: Recorder | None = None) -> Features:
    """Decode a file once and take its features as it streams by.

    Args:
        path: the file.
        recorder: gets the mono mix too, where somebody wants the samples themselves.

    Raises:
        NotDecodableError: nothing in it decodes.
    """
    decoder = Decoder(path)
    taker: _Taker | None = None
    for block in decoder:
        taker = taker or _Taker(decoder.told.rate, decoder.told.channels, recorder)
        taker.push(block)
    assert taker is not None
    return taker.features(decoder.told)


class _Taker:
    """The chain from blocks to features."""

    def __init__(self, rate: int, channels: int, recorder: Recorder | None) -> None:
        self._rate, self._recorder = rate, recorder
        self._meter, self._outline = Meter(rate, channels), Outline(rate)
        self._mixer, self._resampler = MonoMixer(rate), Resampler(rate)
        self._framer, self._pitch_framer = Framer(WINDOW, HOP), Framer(PITCH_WINDOW, PITCH_HOP)
        self._waiting: list[Samples] = []
        self._mel: list[Floats] = []
        self._peaks: list[tuple[Floats, Floats, Floats]] = []
        self._filters = mel_filters()

    def push(self, block: Samples) -> None:
        self._meter.push(block)
        self._take(self._mixer.push(block))

    def _take(self, mixed: Iterator[Samples]) -> None:
        for mono in mixed:
            self._outline.push(mono)
            if self._recorder is not None:
                self._recorder.push(mono, self._rate)
            self._waiting.extend(self._resampler.push(mono))
        if sum(block.size for block in self._waiting) >= CHUNK:
            self._transform()

    def _transform(self) -> None:
        if not self._waiting:
            return
        joined = np.concatenate(self._waiting)
        self._waiting = []
        for start in range(0, joined.size, CHUNK):  # a file of one giant block must not be framed at once
            part = joined[start : start + CHUNK]
            self._keep(self._framer.push(part), self._pitch_framer.push(part))

    def _keep(self, windows: Samples, pitch_windows: Samples) -> None:
        self._mel.append(mel_power(windows, self._filters))
        self._peaks.append(spectral_peaks(pitch_windows))

    def features(self, told: Decoded) -> Features:
        self._take(self._mixer.flush())
        self._waiting.extend(self._resampler.flush())
        self._transform()
        self._keep(self._framer.flush(), self._pitch_framer.flush())
        hz, level, peakiness = (np.concatenate(parts) for parts in zip(*self._peaks, strict=True))
        mel, loudness = np.concatenate(self._mel), self._meter.loudness()
        return Features(told, mel, hz, level, peakiness, loudness, self._outline.peaks())


def mel_filters() -> Floats:
    """Triangles of equal area on the mel scale from 30 Hz to 11 kHz, shape (bins, bands)."""
    edges = _from_mel(np.linspace(_to_mel(30.0), _to_mel(RATE / 2), BANDS + 2))
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    # The lowest triangles are narrower than a bin: each gets at least the bin at its middle.
    nearest = np.argmin(np.abs(bins - middle), axis=0)
    empty = triangles.sum(axis=0) == 0
    triangles[nearest[empty], np.flatnonzero(empty)] = 1.0
    return np.asarray(triangles / triangles.sum(axis=0), dtype=np.float32)


def _to_mel(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))


def _from_mel(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(700 * (10 ** (mel / 2595) - 1))


def mel_power(windows: Samples, filters: Floats) -> Floats:
    """Power in the mel bands of each window, shape (windows, bands)."""
    from scipy import fft

    spectrum = fft.rfft(windows * np.hanning(WINDOW).astype(np.float32), axis=1)
    return np.asarray((spectrum.real**2 + spectrum.imag**2) @ filters, dtype=np.float32)


def spectral_peaks(windows: Samples) -> tuple[Floats, Floats, Floats]:
    """Frequencies and magnitudes of each window's strongest peaks, by parabola on the logs, and the peakiness."""
    from scipy import fft

    count = windows.shape[0]
    if not count:
        return np.zeros((0, PEAKS), np.float32), np.zeros((0, PEAKS), np.float32), np.zeros(0, np.float32)
    spectrum = np.abs(fft.rfft(windows * np.hanning(PITCH_WINDOW).astype(np.float32), axis=1)).astype(np.float32)
    step = RATE / PITCH_WINDOW
    first, last = int(LOWEST_HZ / step), int(HIGHEST_HZ / step)
    left, here, right = spectrum[:, first - 1 : last - 1], spectrum[:, first:last], spectrum[:, first + 1 : last + 1]
    is_peak = (here > left) & (here >= right) & (here > 1e-3 * here.max(axis=1, keepdims=True)) & (here > 1e-6)
    strengths = np.where(is_peak, here, 0.0)
    chosen = np.argpartition(-strengths, PEAKS, axis=1)[:, :PEAKS]
    rows = np.arange(count)[:, None]
    level = strengths[rows, chosen]
    logs = [np.log(side[rows, chosen] + 1e-9) for side in (left, here, right)]
    bend = logs[0] - 2 * logs[1] + logs[2]
    shift = np.where(bend < -1e-6, 0.5 * (logs[0] - logs[2]) / np.minimum(bend, -1e-6), 0.0)
    hz = np.where(level > 0, (chosen + first + np.clip(shift, -0.5, 0.5)) * step, 0.0)
    around = (left**2 + here**2 + right**2)[rows, chosen] * (level > 0)
    peakiness = around.sum(axis=1) / ((here**2).sum(axis=1) + 1e-12)
    return hz.astype(np.float32), level.astype(np.float32), np.minimum(peakiness, 1.0).astype(np.float32)
