"""From the decoder's blocks to windows of one mono signal at 22,050 Hz, as the file streams by.

Nothing of the samples stays in memory.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audio.decode import Samples

RATE = 22_050
WINDOW_S = 20.0  # so much sound is held back at a time, and looked at before it is mixed
OPPOSED = -0.5  # correlation of two channels under which one is taken to be wired backwards
QUIETEST = 1e-10  # mean power of the loudest channel, -100 dBFS, under which a window says nothing of the channels


class MonoMixer:
    """Mixes channels into one, turning over a channel that runs against the loudest one.

    A channel may be silent, or wired backwards, for a part of the song only: each window is looked at, and the way of
    the windows before is left where a channel begins to sound or turns round.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._held: list[Samples] = []
        self._held_samples = 0
        self._weights: NDArray[np.float32] | None = None

    def push(self, block: Samples) -> Iterator[Samples]:
        """Yield what can be mixed by now, as one-dimensional blocks."""
        self._held.append(block)
        self._held_samples += block.shape[1]
        if self._held_samples >= WINDOW_S * self._rate:
            yield from self.flush()

    def flush(self) -> Iterator[Samples]:
        """Yield what is still held back."""
        if not self._held:
            return
        held = np.concatenate(self._held, axis=1)
        self._held, self._held_samples = [], 0
        yield self._weights_of(held) @ held

    def _weights_of(self, held: Samples) -> NDArray[np.float32]:
        weights = mixing_weights(held)
        if not (np.square(held, dtype=np.float64).mean(axis=1) > QUIETEST).any():
            return weights if self._weights is None else self._weights
        if self._weights is None:
            self._weights = weights
        elif _are_other(weights, self._weights):
            # As loud as before, or what sounded alone would be the loudest part of the song.
            share = np.abs(self._weights).max()
            self._weights = np.where(weights == 0, self._weights, share * np.sign(weights)).astype(np.float32)
        return self._weights


def _are_other(weights: NDArray[np.float32], before: NDArray[np.float32]) -> bool:
    """Whether a channel sounds that was silent, or one runs the other way round in regard to the others."""
    both = (weights != 0) & (before != 0)
    turned = np.sign(weights[both]) * np.sign(before[both])  # all of them turned round is the same mix
    return bool(((weights != 0) & (before == 0)).any() or (both.any() and abs(int(turned.sum())) < int(both.sum())))


def mixing_weights(samples: Samples) -> NDArray[np.float32]:
    """What each channel counts in the mix: its share, negative where it is the loudest one's opposite."""
    channels = samples.shape[0]
    if channels == 1:
        return np.ones(1, dtype=np.float32)
    centred = samples - samples.mean(axis=1, keepdims=True)
    products = (centred @ centred.T).astype(np.float64)
    energies = np.diag(products)
    loudest = int(np.argmax(energies))
    norms = np.sqrt(energies * energies[loudest]) + 1e-12
    signs = np.where(products[loudest] / norms < OPPOSED, -1.0, 1.0)
    sounding = energies > 1e-4 * energies[loudest]  # a silent channel must not halve the level
    return np.asarray(signs * sounding / max(int(sounding.sum()), 1), dtype=np.float32)


class Resampler:
    """A stream of mono blocks at the file's rate to blocks at another."""

    def __init__(self, rate: int, to: int = RATE) -> None:
        import av

        self._rate, self._to = rate, to
        self._inner = av.AudioResampler(format="fltp", layout="mono", rate=to)

    def push(self, block: Samples) -> Iterator[Samples]:
        """Yield what can be resampled by now."""
        if self._rate == self._to:
            yield block
            return
        import av

        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None, :], dtype=np.float32), "fltp", "mono")
        frame.sample_rate = self._rate
        for resampled in self._inner.resample(frame):
            yield resampled.to_ndarray()[0]

    def flush(self) -> Iterator[Samples]:
        """Yield the rest."""
        if self._rate == self._to:
            return
        for resampled in self._inner.resample(None):
            yield resampled.to_ndarray()[0]


class Recorder:
    """Keeps the whole mono mix at one rate, for libraries that want all of a song at once."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._resampler: Resampler | None = None
        self._blocks: list[Samples] = []

    def push(self, block: Samples, rate: int) -> None:
        """Take one mono block of the file's rate."""
        self._resampler = self._resampler or Resampler(rate, self._to)
        self._blocks.extend(np.array(part) for part in self._resampler.push(block))

    def samples(self) -> Samples:
        """All that came, one-dimensional; the recorder is empty after it."""
        rest = list(self._resampler.flush()) if self._resampler else []
        joined = np.concatenate([*self._blocks, *rest, np.empty(0, dtype=np.float32)])
        self._blocks = []
        return np.asarray(joined, dtype=np.float32)


class Framer:
    """Cuts a stream into windows of ``size`` samples, ``hop`` apart, the first centred on sample 0."""

    def __init__(self, size: int, hop: int) -> None:
        self._size, self._hop = size, hop
        self._rest = np.zeros(size // 2, dtype=np.float32)

    def push(self, block: Samples) -> Samples:
        """Return the windows that are whole by now, of shape (windows, size)."""
        joined = np.concatenate([self._rest, block])
        count = max(0, (joined.size - self._size) // self._hop + 1)
        self._rest = joined[count * self._hop :].copy()
        if not count:
            return np.empty((0, self._size), dtype=np.float32)
        return np.asarray(np.lib.stride_tricks.sliding_window_view(joined, self._size)[:: self._hop][:count])

    def flush(self) -> Samples:
        """Return the last windows, filled up with silence."""
        return self.push(np.zeros(self._size // 2, dtype=np.float32))
