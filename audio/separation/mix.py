"""From the decoder's blocks to what a model hears, and from its stems back to the file's rate: as streams."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from audio.decode import Decoded, Decoder, Samples

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class Converter:
    """Blocks of one rate and number of channels to another; the time base stays.

    More than two channels are folded to stereo by FFmpeg's matrices, one becomes two alike and two become their mean.
    """

    def __init__(self, rate: int, channels: int, to_rate: int, to_channels: int) -> None:
        import av

        self._rate, self._layout = rate, LAYOUTS.get(channels)
        self._is_same = (rate, channels) == (to_rate, to_channels)
        self._inner = av.AudioResampler(format="fltp", layout=LAYOUTS[to_channels], rate=to_rate)

    def push(self, block: Samples) -> Iterator[Samples]:
        """Yield what can be converted by now."""
        if self._is_same:
            yield block
            return
        import av

        if self._layout is None:  # no arrangement of loudspeakers is known for so many
            block = block.mean(axis=0, keepdims=True)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", self._layout or "mono")
        frame.sample_rate = self._rate
        for converted in self._inner.resample(frame):
            yield converted.to_ndarray()

    def flush(self) -> Iterator[Samples]:
        """Yield the rest."""
        if self._is_same:
            return
        for converted in self._inner.resample(None):
            yield converted.to_ndarray()


class Mix:
    """A file as a model hears it: iterate for blocks of shape (channels, samples), then read `told`.

    Raises, while it is iterated:
        NotDecodableError: nothing in it decodes.
    """

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        self._decoder = Decoder(path)
        self._rate, self._channels = rate, channels

    @property
    def told(self) -> Decoded:
        """What the decoder knows of the file."""
        return self._decoder.told

    def __iter__(self) -> Iterator[Samples]:
        """Yield the blocks."""
        converter: Converter | None = None
        for block in self._decoder:
            converter = converter or Converter(self.told.rate, self.told.channels, self._rate, self._channels)
            yield from converter.push(block)
        if converter is not None:
            yield from converter.flush()
