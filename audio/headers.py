"""How long a file says that it is, where FFmpeg does not say it: it guesses or trims what does not fit the file's size.

MP3: the tag in the first frame, Xing or Info (LAME), after any ID3 tag. WAV: the size of the data chunk.
"""

import struct
from pathlib import Path

RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
STREAMED = 0xFFFF_FF00  # written by what did not know the length beforehand


def stated_seconds(path: Path) -> float | None:
    """Seconds by the file's own header; None where it has none of these headers or the header does not say."""
    if tag := _mp3_tag(path):
        frames, samples_per_frame, rate, cut = tag
        return max(frames * samples_per_frame - cut, 0) / rate
    return _wav_seconds(path)


def _wav_seconds(path: Path) -> float | None:
    with path.open("rb") as opened:
        if opened.read(4) != b"RIFF" or opened.read(8)[4:] != b"WAVE":
            return None
        bytes_per_s = 0
        while len(head := opened.read(8)) == 8:
            name, size = head[:4], int.from_bytes(head[4:], "little")
            if name == b"data":
                is_stated = bytes_per_s and 0 < size < STREAMED
                return size / bytes_per_s if is_stated else None
            start = opened.tell()
            if name == b"fmt ":
                bytes_per_s = int.from_bytes(opened.read(12)[8:], "little")
            opened.seek(start + size + size % 2)
    return None


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
