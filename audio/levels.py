"""Loudness by EBU R128 and the outline of the waveform, from the decoder's blocks.

The meter is FFmpeg's own `ebur128` filter: gated integrated loudness, loudness range (EBU Tech 3342), true peak (ITU-R
BS.1770, four times oversampled).
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audio.decode import Samples

if TYPE_CHECKING:
    import av

ABSOLUTE_GATE_LUFS = -70.0
SHORTEST_S = 0.4  # one gating block
OUTLINE_PER_S = 20


@dataclass(frozen=True)
class Loudness:
    """Loudness of the whole file; None where nothing passes the gate or the file is shorter than one block."""

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


class Meter:
    """Takes the blocks of a file and tells its loudness."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}.get(channels, "")
        self._told: dict[str, str] = {}
        self._seconds = 0.0
        self._graph = self._built() if self._layout else None

    def _built(self) -> "av.filter.Graph":
        import av

        graph = av.filter.Graph()
        source = graph.add_abuffer(sample_rate=self._rate, format="flt", layout=self._layout)
        meter, sink = graph.add("ebur128", "metadata=1:peak=true"), graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        return graph

    def push(self, block: Samples) -> None:
        """Take one block of shape (channels, samples)."""
        if self._graph is None:
            return
        import av

        self._seconds += block.shape[1] / self._rate
        interleaved = np.ascontiguousarray(block.T).reshape(1, -1)  # PyAV has no planes for more than seven channels
        frame = av.AudioFrame.from_ndarray(interleaved, "flt", self._layout)
        frame.sample_rate = self._rate
        self._graph.push(frame)
        self._drain()

    def _drain(self) -> None:
        import av

        assert self._graph is not None
        while True:
            try:
                measured = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._told = dict(measured.metadata) or self._told

    def loudness(self) -> Loudness:
        """The loudness of all that came."""
        if self._graph is not None and self._seconds:
            self._graph.push(None)
            self._drain()
        integrated = self._number("I")
        if self._seconds < SHORTEST_S or integrated is None or integrated <= ABSOLUTE_GATE_LUFS:
            return Loudness(None, None, None)
        peak = self._number("true_peak")
        return Loudness(integrated, self._number("LRA"), 20 * math.log10(peak) if peak else None)

    def _number(self, name: str) -> float | None:
        text = self._told.get(f"lavfi.r128.{name}")
        value = float(text) if text is not None else math.nan
        return value if math.isfinite(value) else None


class Outline:
    """The largest swing of the mono mix in each twentieth of a second, for drawing."""

    def __init__(self, rate: int) -> None:
        self._step = max(1, rate // OUTLINE_PER_S)
        self._rest = np.empty(0, dtype=np.float32)
        self._peaks: list[NDArray[np.float32]] = []

    def push(self, block: Samples) -> None:
        """Take one mono block."""
        joined = np.concatenate([self._rest, np.abs(block)])
        whole = joined.size // self._step * self._step
        self._peaks.append(joined[:whole].reshape(-1, self._step).max(axis=1))
        self._rest = joined[whole:].copy()

    def peaks(self) -> NDArray[np.float32]:
        """Peaks, `OUTLINE_PER_S` a second, full scale being 1."""
        return np.concatenate(self._peaks) if self._peaks else np.empty(0, dtype=np.float32)
