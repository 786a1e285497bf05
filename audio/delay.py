"""What an encoder put before the music, and where the music ends, as a file states it or its format makes it certain.

The demuxer leaves out what is stated (LAME's tag, an edit list, Opus' pre-skip, iTunes' own tag) and marks the first
packet. Where nothing is stated, the least that encoders of the format put there is left out: for MP3 the 529 samples
that every decoder runs behind and LAME's 576, for AAC its first frame, of which a decoder has one half only. That is
exact for LAME and FFmpeg; after other encoders the music comes up to 30 ms late, and none of it is lost.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av

MP3_LEAST = 528 + 1 + 576
ITUNES = "iTunSMPB"


def is_stated(packet: "av.Packet") -> bool:
    """Whether the first packet of a file says how much of it is no music."""
    return any(data.data_type == "skip_samples" for data in packet.iter_sidedata())


def least(codec: str, frame_samples: int) -> int:
    """Samples before the music of a file that states none.

    Args:
        codec: FFmpeg's name of it.
        frame_samples: what its first frame decodes to.
    """
    if codec.startswith("mp3"):
        return MP3_LEAST
    return frame_samples if codec == "aac" else 0


def itunes_samples(tags: Mapping[str, str]) -> int | None:
    """Samples of the music by iTunes' tag: hexadecimal numbers, of which the fourth is the length."""
    words = tags.get(ITUNES, "").split()
    try:
        return int(words[3], 16) or None
    except (IndexError, ValueError):
        return None
