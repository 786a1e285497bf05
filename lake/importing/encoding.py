"""Find the encoding of a text file: byte order mark, UTF-8, or the eight-bit code page whose letters are plausible."""

from __future__ import annotations

import codecs
from pathlib import Path

CODE_PAGES = ("cp1252", "mac_roman", "cp850")
_LETTERS = set("äöüßÄÖÜéèêëàâçîïôûùœÉÈÀÇñáíóúåæøÅÆØ€£–—’“”„°©®²³")
_SAMPLE_BYTES = 4 * 1024 * 1024


def find_encoding(path: Path) -> str:
    """Return Python's name of the file's encoding.

    A file most of whose lines with accents are UTF-8 is UTF-8; its other lines are refused one by one.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        good = bad = 0
        suspects: list[bytes] = []
        for line in [*head.splitlines(), *file]:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
                if len(suspects) < 2000:
                    suspects.append(line)
    if bad <= good:
        return "utf-8"
    text = b"\n".join(suspects)
    return max(CODE_PAGES, key=lambda page: _plausible(text, page))


def _plausible(text: bytes, page: str) -> int:
    """How many characters beyond ASCII are letters of European languages, less those that are none."""
    decoded = text.decode(page, errors="replace")
    return sum(1 if one in _LETTERS else -1 for one in decoded if ord(one) > 127)
