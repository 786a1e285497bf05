"""Which files are taken for audio, and which packages hearing them needs; imports none of them."""

import os
import re
from importlib.util import find_spec
from pathlib import PurePath

ENDINGS = (
    *(
        ".mp3",
        ".wav",
        ".flac",
        ".ogg",
        ".m4a",
        ".opus",
        ".aac",
        ".aif",
        ".aiff",
        ".wma",
        ".oga",
        ".m4b",
        ".mp4",
        ".mp2",
    ),
    *(".mka", ".wv", ".ape", ".tta", ".mpc", ".tak", ".dsf", ".dff", ".caf", ".au", ".w64", ".ac3", ".aifc", ".webm"),
)
COMPANION = "._"  # what a Mac puts beside each file on other systems' disks; it holds no sound
LONGEST_BYTES = 200  # of a name; file systems take 255
_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
NEEDED = ("av", "jams", "scipy")


def is_audio(path: PurePath) -> bool:
    """Whether the name says that it is audio; what is in the file, the decoder finds out."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith(COMPANION)


def missing_packages() -> list[str]:
    """The packages that are not installed; `make audio` adds them."""
    return [name for name in NEEDED if find_spec(name) is None]


def readable(name: object) -> str:
    """A path or name as text that can be written anywhere: bytes that are no UTF-8 are spelled out."""
    return str(name).encode("utf-8", "backslashreplace").decode("utf-8")


def on_one_line(name: object) -> str:
    """The same for people's eyes: what would break the line, or turn the direction of the text, is spelled out too."""
    return _UNPRINTED.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), readable(name))


def short(stem: str) -> str:
    """A name without its ending, cut to where endings of ours still fit in what file systems take."""
    while len(os.fsencode(stem)) > LONGEST_BYTES:
        stem = stem[:-1]
    return stem
