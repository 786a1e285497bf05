"""A separator over a stream: windows that overlap by a quarter, faded into one another.

The windows, their fades and what surrounds the last ones are those of Demucs' own `apply_model` without its random
shift, so that the answer is the same; but only two windows of the song are ever in memory.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audio.decode import Samples
from audio.separation.separator import Separator

OVERLAP = 0.25


def in_windows(blocks: Iterator[Samples], separator: Separator) -> Iterator[tuple[Samples, Samples]]:
    """Yield stretches of the mix, shape (channels, samples), with their stems, (stems, channels, samples).

    They follow each other without gaps and add up to the length of the blocks.
    """
    taker = _Taker(separator)
    for block in blocks:
        yield from taker.push(block)
    yield from taker.flush()


class _Taker:
    def __init__(self, separator: Separator) -> None:
        self._separator = separator
        self._window = separator.window
        self._stride = int((1 - OVERLAP) * self._window)
        self._fade = triangle(self._window)
        self._kept = np.zeros((separator.channels, 0), dtype=np.float32)  # the mix from `_from` on
        self._from = 0
        self._next = 0  # where the next window begins
        self._sums = np.zeros((len(separator.stems), separator.channels, self._window), dtype=np.float32)
        self._weights = np.zeros(self._window, dtype=np.float32)

    @property
    def _length(self) -> int:
        return self._from + self._kept.shape[1]

    def push(self, block: Samples) -> Iterator[tuple[Samples, Samples]]:
        self._kept = np.concatenate([self._kept, block], axis=1)
        while self._length >= self._next + self._window:
            at = self._next - self._from
            self._add(self._separator.separate(self._kept[:, at : at + self._window]))
            yield self._out(self._stride)

    def flush(self) -> Iterator[tuple[Samples, Samples]]:
        length = self._length
        while self._next < length:
            size = min(self._window, length - self._next)
            before = (self._window - size) // 2
            begin = max(0, self._next - before)
            heard = self._kept[:, begin - self._from :]
            padded = np.zeros((heard.shape[0], self._window), dtype=np.float32)
            shift = begin - (self._next - before)  # the song is shorter than what should stand before
            padded[:, shift : shift + heard.shape[1]] = heard
            answer = self._separator.separate(padded)
            self._add(answer[:, :, before : before + size])
            yield self._out(min(self._stride, size))

    def _add(self, answer: Samples) -> None:
        size = answer.shape[2]
        self._sums[:, :, :size] += self._fade[:size] * answer
        self._weights[:size] += self._fade[:size]

    def _out(self, size: int) -> tuple[Samples, Samples]:
        """What no later window reaches, and go on by so much."""
        at = self._next - self._from
        mix, stems = self._kept[:, at : at + size].copy(), self._sums[:, :, :size] / self._weights[:size]
        self._sums = np.concatenate([self._sums[:, :, size:], np.zeros_like(self._sums[:, :, :size])], axis=2)
        self._weights = np.concatenate([self._weights[size:], np.zeros(size, dtype=np.float32)])
        self._next += size
        unneeded = max(0, self._next - self._window - self._from)  # half a window before is heard with the last ones
        self._kept, self._from = self._kept[:, unneeded:].copy(), self._from + unneeded
        return mix, stems


def triangle(size: int) -> NDArray[np.float32]:
    """The fade of a window: up to its middle and down again, 1 at most."""
    rising = np.arange(1, size // 2 + 1, dtype=np.float32)
    falling = np.arange(size - size // 2, 0, -1, dtype=np.float32)
    whole = np.concatenate([rising, falling])
    return np.asarray(whole / whole.max(), dtype=np.float32)
