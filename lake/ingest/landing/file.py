"""A landed file: known by the SHA-256 of its content, so it may come in any order and twice; its records in blocks."""

from __future__ import annotations

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lake.ingest.landing.blocks import Block, Records

_NEXT = re.compile(r"[ \t\r\n,]*")  # matches everywhere
CHUNK_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class LandedFile:
    """A file in the landing folder: its name below the folder, size in bytes, modification time in ns."""

    path: Path
    name: str
    bytes: int
    modified_ns: int

    def sha256(self) -> str:
        """The content's identity."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def blocks(self) -> Iterator[Records]:
        """The file's records in blocks of whole lines.

        A ``.json`` file is one document, hence one record; or a list of documents, or one a line, hence as many. A file
        of a single line with several documents is as many records; among other lines such a line is one, which is
        refused, so that numbers of lines stay those of the file. An empty file is one block with a blank line. A mark
        of byte order at the beginning is no part of the first.
        """
        with self.path.open("rb") as file:
            if file.read(len(BOM_UTF8)) != BOM_UTF8:
                file.seek(0)
            if self.path.suffix == ".json":
                content = file.read()
                lines = documents_in(content)
                yield Block(1, content, is_document=True) if lines is None else Block(1, b"\n".join(lines))
                return
            number, rest = 1, b""
            while read := file.read(CHUNK_BYTES):
                content = rest + read if rest else read
                end = content.rfind(b"\n")
                rest = content[end + 1 :]
                if end >= 0:
                    is_all = number == 1 and not rest and file.tell() == self.bytes
                    block = Block(number, _one_a_line(content[:end]) if is_all else content[:end])
                    yield block
                    number += block.line_ends + 1
            if rest or number == 1:
                yield Block(number, _one_a_line(rest) if number == 1 else rest)

    def lines(self) -> int:
        """How many records the file holds, blank lines apart."""
        return sum(block.count() for block in self.blocks())


def documents_in(content: bytes) -> list[bytes] | None:
    """The documents of a list, or of a file with one a line, each as a line; None for a single document.

    Sinks write a record a line into a file called ``.json``, and exports a list; one refusal would stand for them all.
    """
    body = content.strip()
    if body.startswith(b"["):
        return _elements(body)
    first, _, rest = body.partition(b"\n")
    return content.split(b"\n") if rest.strip() and _is_json(first) else None


def _one_a_line(content: bytes) -> bytes:
    """The content of a file; where that is a single line with several documents, each of them on a line."""
    is_several = b"\n" not in content and content.lstrip().startswith(b"{") and not _is_json(content)
    return b"\n".join((_elements(content, 0) if is_several else None) or [content])


def _elements(body: bytes, begin: int = 1) -> list[bytes] | None:
    """The elements of a list, or of a text from ``begin`` on, as they are written; None where they are no documents."""
    decoder, found = json.JSONDecoder(), list[bytes]()
    try:
        text = body.decode()
        place = _next(text, begin)
        while place < len(text) - begin:
            _, end = decoder.raw_decode(text, place)
            found.append(text[place:end].replace("\r", " ").replace("\n", " ").encode())
            place = _next(text, end)
    except ValueError:  # also of bytes that are no text
        return None
    return found or None


def _next(text: str, place: int) -> int:
    found = _NEXT.match(text, place)
    return found.end() if found else place


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
