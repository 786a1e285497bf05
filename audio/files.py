"""Which files are taken for audio, and which packages hearing them needs; imports none of them."""

from importlib.util import find_spec
from pathlib import PurePath

ENDINGS = (".mp3", ".wav", ".flac", ".ogg", ".m4a", ".opus", ".aac", ".aif", ".aiff", ".wma")
NEEDED = ("av", "jams", "scipy")


def is_audio(path: PurePath) -> bool:
    """Whether the name says that it is audio; what is in the file, the decoder finds out."""
    return path.suffix.lower() in ENDINGS


def missing_packages() -> list[str]:
    """The packages that are not installed; `make audio` adds them."""
    return [name for name in NEEDED if find_spec(name) is None]


def readable(name: object) -> str:
    """A path or name as text that can be written anywhere: bytes that are no UTF-8 are spelled out."""
    return str(name).encode("utf-8", "backslashreplace").decode("utf-8")
