"""Decoding: any file that FFmpeg's libraries read, once, as blocks of one time base, with what was lost on the way.

Second 0 is the first sample after the encoder's delay (:mod:`audio.delay`). A damaged packet is left out and counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audio import delay
from audio.headers import read_wav, stated_seconds

if TYPE_CHECKING:
    import av

Samples = NDArray[np.float32]
# What holds sound itself. Others, such as play lists, name further files, which would be opened.
FORMATS = (
    *("wav", "w64", "aiff", "caf", "au", "flac", "ape", "wv", "tta", "tak", "dsf", "iff", "mp3", "aac", "ac3", "eac3"),
    *("dts", "amr", "mpc", "mpc8", "ogg", "mov", "asf", "matroska", "mpegts", "mpeg", "avi", "flv"),
)
RAW = "s32le"
ONLY = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "file"}
LOWEST_RATE = 4_000  # samples a second: half of a telephone's; below, neither beats nor chords are left
LARGEST = 1e6  # times full scale; integers that pass for floats reach 32,768
ALLOWED_MISSING_S = 0.1
LONGEST_PADDING = 4_096  # samples, two packets of HE-AAC
LOUDEST_DECODED = 4.0  # 12 dB over full scale: no encoder makes that of music


class NotDecodableError(Exception):
    """The file holds no audio that can be decoded."""


@dataclass
class Decoded:
    """What is known of a file once it has streamed by.

    Attributes:
        rate: samples a second, as the file has them.
        channels: how many channels the file has.
        codec: FFmpeg's name of it.
        decoded_s: seconds of the samples that came out.
        expected_s: seconds that the header or the packets promise; None when nothing says it.
        damaged_packets: packets that did not decode.
        is_finite: whether every sample was a number.
    """

    rate: int = 0
    channels: int = 0
    codec: str = ""
    decoded_s: float = 0.0
    expected_s: float | None = None
    damaged_packets: int = 0
    is_finite: bool = True
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_partial(self) -> bool:
        """Whether less came out than was promised, or packets were damaged."""
        missing = (self.expected_s or 0.0) - self.decoded_s
        return self.damaged_packets > 0 or missing > max(ALLOWED_MISSING_S, 0.002 * self.decoded_s)


class Decoder:
    """One pass over a file: iterate for the blocks, then read `told`.

    Blocks are float32 arrays of shape (channels, samples), at the file's own rate and in its own channels.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told = Decoded()

    def __iter__(self) -> Iterator[Samples]:
        """Yield the blocks.

        Raises:
            NotDecodableError: no audio stream, or not one sample came out.
        """
        import av

        try:
            container = _opened(self.path)
        except (av.FFmpegError, OSError) as error:
            raise NotDecodableError("not decodable: no format that FFmpeg reads") from error
        with container:
            if not container.streams.audio:
                raise NotDecodableError("not decodable: no audio stream in it")
            yield from self._blocks(container)
        if not self.told.decoded_s:
            raise NotDecodableError("not decodable: not one sample comes out")

    def _blocks(self, container: "av.container.InputContainer") -> Iterator[Samples]:
        stream = container.streams.audio[0]
        told = self.told
        told.codec, told.tags = stream.codec_context.name, dict(container.metadata)
        # Of the lossless one each frame has a checksum: what fails it is noise. Others are lenient by design.
        stream.codec_context.options = {"err_detect": "crccheck+explode" if told.codec == "flac" else "crccheck"}
        counted, promised, unstated_s = 0, 0.0, 0.0
        lead: int | None = None  # samples before the music that are still to come; None: not known yet
        end_s = stated_seconds(self.path) if container.format.name == RAW else _edited_end_s(container, stream)
        beyond: list[Samples] = []  # padding, unless so much comes that the stated end must be wrong
        for packet in _packets(container, stream, told):
            promised += float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.0
            if lead is None and delay.is_stated(packet):
                lead = 0
            for samples in self._samples_of(packet):
                if lead is None:
                    lead = delay.least(told.codec, samples.shape[1])
                    unstated_s = lead / told.rate
                samples, lead = samples[:, lead:], max(0, lead - samples.shape[1])
                within = samples.shape[1] if end_s is None else max(0, round(end_s * told.rate) - counted)
                if within < samples.shape[1]:
                    beyond.append(samples[:, within:])
                    samples = samples[:, :within]
                    if sum(rest.shape[1] for rest in beyond) > LONGEST_PADDING:
                        samples, beyond, end_s = np.concatenate([samples, *beyond], axis=1), [], None
                if samples.shape[1]:
                    counted += samples.shape[1]
                    told.decoded_s = counted / told.rate
                    yield samples
        told.expected_s = self._expected(container, stream, promised, unstated_s)

    def _samples_of(self, packet: "av.Packet") -> Iterator[Samples]:
        import av

        told = self.told
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            told.damaged_packets += 1
            return
        for frame in frames:
            if not isinstance(frame, av.AudioFrame) or frame.samples == 0:
                continue
            told.rate, told.channels = told.rate or frame.sample_rate, told.channels or frame.layout.nb_channels
            if frame.sample_rate != told.rate or frame.layout.nb_channels != told.channels:
                told.damaged_packets += 1  # a flipped header pretends to another format in mid-stream
                continue
            if told.rate < LOWEST_RATE:
                raise NotDecodableError(f"not decodable: {told.rate} samples a second, under {LOWEST_RATE}")
            samples = as_float(frame)
            if not told.codec.startswith("pcm") and np.abs(samples).max() > LOUDEST_DECODED:
                told.damaged_packets += 1  # what flipped bits decode to; its time stays, its noise does not
                samples = np.zeros_like(samples)
            is_number = np.abs(samples) <= LARGEST
            if not is_number.all():
                told.is_finite = False
                samples = np.where(is_number, samples, np.float32(0))
            yield samples

    def _expected(
        self, container: "av.container.InputContainer", stream: "av.AudioStream", promised: float, unstated_s: float
    ) -> float | None:
        """Seconds that the file promises: its header where that counts samples, else what its packets add up to."""
        import av

        if (stated := stated_seconds(self.path)) is not None:
            return stated
        if self.told.codec.startswith("mp3") or container.format.name == "aac":
            return (
                promised - unstated_s or None
            )  # without a header FFmpeg guesses from the bit rate, which errs on variable ones
        if (end_s := _edited_end_s(container, stream)) is not None:
            return end_s - unstated_s
        if stream.duration and stream.time_base:
            stated = float(stream.duration * stream.time_base)
        else:
            stated = container.duration / av.time_base if container.duration else promised
        return stated - _lead_in_s(stream) - unstated_s or None


def _opened(path: Path) -> "av.container.InputContainer":
    """The file, opened; whole numbers that FFmpeg would take for floats are read as what they are."""
    import av

    name = str(path.absolute())  # or FFmpeg takes "concat:a.wav" for an address
    wav = read_wav(path)
    if wav is None or not wav.is_padded:
        return av.open(name, metadata_errors="replace", options=ONLY)
    layout = {1: "mono", 2: "stereo"}.get(wav.channels, f"{wav.channels}C")
    shape = {"sample_rate": str(wav.rate), "ch_layout": layout, "skip_initial_bytes": str(wav.data_at)}
    return av.open(name, format=RAW, options=shape | {"protocol_whitelist": "file"})


def _lead_in_s(stream: "av.AudioStream") -> float:
    """Opus' pre-skip (RFC 7845, section 5.1), which durations count but for those of MP4; the decoder leaves it out."""
    head = stream.codec_context.extradata
    return int.from_bytes(head[10:12], "little") / 48_000 if head and head[:8] == b"OpusHead" else 0.0


def _edited_end_s(container: "av.container.InputContainer", stream: "av.AudioStream") -> float | None:
    """Where an MP4's music ends by its edit list or iTunes' tag; its last packet goes on. None elsewhere."""
    if "mp4" not in container.format.name.split(",") or not stream.duration or not stream.time_base:
        return None
    if (samples := delay.itunes_samples(container.metadata)) is not None and stream.rate:
        return samples / int(stream.rate)
    return float(stream.duration * stream.time_base)


def _packets(
    container: "av.container.InputContainer", stream: "av.AudioStream", told: Decoded
) -> "Iterator[av.Packet]":
    """The packets, the last one empty, which makes the codec hand out what it holds back."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, ValueError):
            told.damaged_packets += 1
            return
        yield packet


def as_float(frame: "av.AudioFrame") -> Samples:
    """The frame's samples as float32 of shape (channels, samples), full scale being 1."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype == np.uint8:
        raw = (raw.astype(np.float32) - 128) / 128
    elif raw.dtype.kind == "i":
        raw = raw.astype(np.float32) / float(2 ** (8 * raw.dtype.itemsize - 1))
    return np.ascontiguousarray(raw, dtype=np.float32)
