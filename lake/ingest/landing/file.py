"""A landed file: known by the SHA-256 of its content, so it may come in any order and twice; its records in blocks."""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lake.ingest.landing.blocks import Block, Records

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

        A ``.json`` file is one document, hence one record. An empty file is one block with a blank line. A mark of
        byte order at the beginning is no part of the first.
        """
        with self.path.open("rb") as file:
            if file.read(len(BOM_UTF8)) != BOM_UTF8:
                file.seek(0)
            if self.path.suffix == ".json":
                yield Block(1, file.read(), is_document=True)
                return
            number, rest = 1, b""
            while read := file.read(CHUNK_BYTES):
                content = rest + read if rest else read
                end = content.rfind(b"\n")
                rest = content[end + 1 :]
                if end >= 0:
                    block = Block(number, content[:end])
                    yield block
                    number += block.line_ends + 1
            if rest or number == 1:
                yield Block(number, rest)

    def lines(self) -> int:
        """How many records the file holds, blank lines apart."""
        return sum(block.count() for block in self.blocks())
