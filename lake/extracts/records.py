"""The records of a CSV, one by one, each with its line and its raw bytes; a broken one costs only its own line.

RFC 4180: a field in quotes may hold delimiters, line ends and doubled quotes; a quote within an unquoted field is an
ordinary character (``7" single``). A quote that is never closed would swallow the rest of the file: such a record is
given up after :data:`LONGEST_LINES` lines, its first line is the fault, and reading goes on with the second.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

LONGEST_LINES = 200
LONGEST_BYTES = 16 * 1024 * 1024
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Line:
    """A line as it came, its number from 1, and its text; ``is_text`` is false where bytes had to be replaced."""

    number: int
    raw: bytes
    text: str
    is_text: bool


@dataclass(frozen=True)
class Record:
    """One record: the line it begins on, its bytes, and its fields or else what is wrong with it."""

    number: int
    raw: bytes
    fields: list[str]
    fault: str | None = None


def decoded_lines(file: BinaryIO, encoding: str) -> Iterator[Line]:
    """The lines of the file, a byte order mark left out."""
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    inner = "utf-8" if wide else encoding
    for number, raw in enumerate(_recoded(file, encoding) if wide else file, 1):
        try:
            text, is_text = raw.decode(inner), True
        except UnicodeDecodeError:
            text, is_text = raw.decode(inner, errors="replace"), False
        yield Line(number, raw.rstrip(b"\r\n"), text.removeprefix("\ufeff") if number == 1 else text, is_text)


def _recoded(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    """The lines in UTF-8, of an encoding in which a line end is several bytes, so that the text has to be split."""
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield from (line.encode() for line in text)
    finally:
        text.detach()


class _Feed:
    """Hands lines to the csv reader and keeps those of the record that is under way."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.lines = lines
        self.again: deque[Line] = deque()
        self.taken: list[Line] = []
        self.size = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= LONGEST_LINES or self.size > LONGEST_BYTES:
            raise csv.Error("a quote is never closed")
        line = self.again.popleft() if self.again else next(self.lines)
        self.taken.append(line)
        self.size += len(line.raw)
        return line.text

    def begin(self) -> None:
        self.taken, self.size = [], 0

    def give_back_all_but_the_first(self) -> Line:
        first, *rest = self.taken
        self.again.extendleft(reversed(rest))
        return first


def records(lines: Iterator[Line], delimiter: str, quote: str) -> Iterator[Record]:
    """The records; a blank line is none.

    ``fault`` is ``utf8`` or ``csv`` where a record cannot be read.
    """
    csv.field_size_limit(LONGEST_BYTES)
    feed = _Feed(lines)

    def reader() -> Iterator[list[str]]:
        return csv.reader(feed, delimiter=delimiter, quotechar=quote, strict=True)

    reading = reader()
    while True:
        feed.begin()
        try:
            found = next(reading)
        except StopIteration:
            return
        except csv.Error:
            first = feed.give_back_all_but_the_first()
            reading = reader()
            if first.raw.strip():
                yield Record(first.number, first.raw, [], "csv" if first.is_text else "utf8")
            continue
        raw = feed.taken[0].raw if len(feed.taken) == 1 else b"\n".join(line.raw for line in feed.taken)
        if raw.strip():
            readable = all(line.is_text for line in feed.taken)
            yield Record(feed.taken[0].number, raw, found, None if readable else "utf8")


def delimiter_of(header: str, quote: str) -> str:
    """The delimiter that the header uses most, outside of quotes; a comma where it uses none."""
    outside = "".join(header.split(quote)[::2])
    return max(DELIMITERS, key=lambda one: (outside.count(one), one == ","))
