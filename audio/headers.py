"""How long a file says that it is, where FFmpeg does not say it: it guesses or trims what does not fit the file's size.

MP3: the tag in the first frame, Xing or Info (LAME), after any ID3 tag. WAV: the size of the data chunk.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
# Sizes that are written by what did not know the length beforehand: from lame's 0x7FFFFFFF, less a header, to others'
# 0x80000000; and the greatest that there are.
STREAMED = (range(0x7FFF_F000, 0x8000_1000), range(0xFFFF_FF00, 0x1_0000_0000))
# Formats whose bytes a second are those of the samples; others, such as ADPCM, are often written with a wrong rate.
EXTENSIBLE = 0xFFFE
PLAIN = (0x0001, 0x0003, EXTENSIBLE)


def stated_seconds(path: Path) -> float | None:
    """Seconds by the file's own header; None where it has none of these headers or the header does not say."""
    if tag := _mp3_tag(path):
        frames, samples_per_frame, rate, cut = tag
        return max(frames * samples_per_frame - cut, 0) / rate
    return _wav_seconds(path)


@dataclass(frozen=True)
class Wav:
    """What the header of a WAV says: format tag, channels, samples a second, bytes a second, and bits of a sample.

    ``bits`` are those that a sample takes in the file, ``valid_bits`` those of them that count. ``data_at`` is where
    the samples begin, ``data_bytes`` how many bytes of them are stated.
    """

    tag: int
    channels: int
    rate: int
    bytes_per_s: int
    bits: int
    valid_bits: int
    is_integers: bool
    data_at: int
    data_bytes: int

    @property
    def is_padded(self) -> bool:
        """Whether samples are whole numbers in more bits than count: FFmpeg takes those of 24 bits in 32 for floats."""
        return self.is_integers and self.bits == 32 and 0 < self.valid_bits < 32


def read_wav(path: Path) -> Wav | None:
    """What the header of a WAV says; None for other files, and where there is no data."""
    with path.open("rb") as opened:
        if opened.read(4) != b"RIFF" or opened.read(8)[4:] != b"WAVE":
            return None
        fields = b""
        while len(head := opened.read(8)) == 8:
            name, size = head[:4], int.from_bytes(head[4:], "little")
            start = opened.tell()
            if name == b"data":
                return _wav(fields, start, size)
            if name == b"fmt ":
                fields = opened.read(40)
            opened.seek(start + size + size % 2)
    return None


def _wav(fields: bytes, data_at: int, data_bytes: int) -> Wav | None:
    if len(fields) < 16:
        return None
    tag, channels, rate, bytes_per_s, _, bits = struct.unpack("<HHIIHH", fields[:16])
    is_extensible = tag == EXTENSIBLE and len(fields) == 40
    valid = int.from_bytes(fields[18:20], "little") if is_extensible else bits
    is_integers = (int.from_bytes(fields[24:26], "little") if is_extensible else tag) == 1
    return Wav(tag, channels, rate, bytes_per_s, bits, valid, is_integers, data_at, data_bytes)


def _wav_seconds(path: Path) -> float | None:
    wav = read_wav(path)
    if wav is None or wav.tag not in PLAIN or not wav.bytes_per_s or not wav.data_bytes:
        return None
    return None if any(wav.data_bytes in one for one in STREAMED) else wav.data_bytes / wav.bytes_per_s


def _mp3_tag(path: Path) -> tuple[int, int, int, int] | None:
    """Frames, samples a frame, samples a second, and samples to cut at both ends; None without such a tag."""
    with path.open("rb") as opened:
        head = opened.read(10)
        if head[:3] == b"ID3" and len(head) == 10:
            size = (head[6] & 0x7F) << 21 | (head[7] & 0x7F) << 14 | (head[8] & 0x7F) << 7 | head[9] & 0x7F
            opened.seek(10 + size)
        else:
            opened.seek(0)
        first = opened.read(4096)
    if len(first) < 200 or first[0] != 0xFF or first[1] & 0xE6 != 0xE2:
        return None  # no layer 3 frame header
    version, rate_index, is_mono = (first[1] >> 3) & 3, (first[2] >> 2) & 3, first[3] >> 6 == 3
    if version == 1 or rate_index == 3:
        return None
    at = 4 + ((17 if is_mono else 32) if version == 3 else (9 if is_mono else 17))
    if first[at : at + 4] not in (b"Xing", b"Info"):
        return None
    flags, frames = struct.unpack(">II", first[at + 4 : at + 12])
    if not flags & 1 or not frames:
        return None
    return frames, 1152 if version == 3 else 576, RATES[version][rate_index], _cut(first, at, flags)


def _cut(first: bytes, at: int, flags: int) -> int:
    """Samples that the encoder put before and after the music, where LAME's part of the tag says so."""
    lame = at + 8 + 4 * bool(flags & 1) + 4 * bool(flags & 2) + 100 * bool(flags & 4) + 4 * bool(flags & 8)
    if len(first) < lame + 24 or first[lame : lame + 4] not in (b"LAME", b"Lavf", b"Lavc"):
        return 0
    packed = int.from_bytes(first[lame + 21 : lame + 24], "big")
    before, after = packed >> 12, packed & 0xFFF
    return before + max(after, 0)
