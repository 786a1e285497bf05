"""FLAC files of 24 bits, written as a stream: lossless, half the size of WAV, and quiet stems keep their detail."""

from pathlib import Path
from types import TracebackType

import numpy as np

from audio.decode import Samples

BITS = 24
LOUDEST = 1 - 2.0 ** (1 - BITS)


class FlacWriter:
    """Takes blocks of shape (channels, samples), full scale being 1, and counts what had to be clipped.

    Writes to a `.part` beside the path, which takes the path's name once it is whole; as a context that fails, to
    nothing.
    """

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        import av

        self._path, self._part = path, path.with_name(path.name + ".part")
        self._rate, self._layout = rate, {1: "mono", 2: "stereo"}[channels]
        self._container = av.open(str(self._part), "w", format="flac")
        self._stream = self._container.add_stream("flac", rate=rate, layout=self._layout, format="s32")
        self.samples, self.clipped = 0, 0

    def push(self, block: Samples) -> None:
        """Write a block; what is over full scale is clipped, as no integer holds it."""
        import av

        if not block.shape[1]:
            return
        self.samples += block.shape[1]
        self.clipped += int(np.count_nonzero(np.abs(block) > 1.0))
        steps = np.round(np.clip(block.astype(np.float64), -1.0, LOUDEST) * 2 ** (BITS - 1)).astype(np.int32)
        packed = np.ascontiguousarray((steps << (32 - BITS)).T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, "s32", self._layout)
        frame.sample_rate, frame.pts = self._rate, self.samples - block.shape[1]
        self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> "FlacWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)
