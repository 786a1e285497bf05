"""The records of a CSV, one by one, each with its line and its raw bytes; a broken one costs only its own line.

RFC 4180: a field in quotes may hold delimiters, line ends and doubled quotes; a quote within an unquoted field is an
ordinary character (``7" single``). A quote that is never closed would swallow the rest of the file: such a record is
given up after :data:`LONGEST_LINES` lines, its first line is the fault, and reading goes on with the second.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import AnyStr, BinaryIO, cast

LONGEST_LINES = 200
LONGEST_BYTES = 16 * 1024 * 1024
DELIMITERS = ",;\t|"
# What spreadsheets read, and some write, above a header: the delimiter of the lines below.
_TOLD = re.compile(r'"?sep=([^\w"\r\n])"?[ \r\n]*', re.IGNORECASE)


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


def decoded_lines(file: BinaryIO, encoding: str | None) -> Iterator[Line]:
    """The lines of the file, a byte order mark left out.

    Args:
        file: the bytes; buffered, so that their beginning can be looked at.
        encoding: of the text; None: what a byte order mark says, or UTF-8.
    """
    head = cast(io.BufferedReader, file).peek(1)
    encoding = encoding or ("utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    inner = "utf-8" if wide else encoding
    # The lines of old Macs end in a carriage return alone; in other files one may stand within a field.
    returns = b"\r" in head[:-1] and b"\n" not in head
    if wide or returns:
        found = _recoded(file, encoding if wide else "latin-1", inner if wide else "latin-1", "" if wide else "\r")
    else:
        found = _bounded(file.readline, b"\n")
    for number, raw in enumerate(found, 1):
        try:
            text, is_text = raw.decode(inner), True
        except UnicodeDecodeError:
            text, is_text = raw.decode(inner, errors="replace"), False
        yield Line(number, raw.rstrip(b"\r\n"), text.removeprefix("\ufeff") if number == 1 else text, is_text)


def _recoded(file: BinaryIO, encoding: str, inner: str, newline: str) -> Iterator[bytes]:
    """The lines in another encoding, of a text that has to be split as text."""
    text = io.TextIOWrapper(file, encoding=encoding, newline=newline)
    try:
        yield from (line.encode(inner) for line in _bounded(text.readline, ("\n", "\r")))
    finally:
        text.detach()


def _bounded(readline: Callable[[int], AnyStr], ends: AnyStr | tuple[AnyStr, ...]) -> Iterator[AnyStr]:
    """The lines; of one that is too long no more than shows that it is."""
    while line := readline(LONGEST_BYTES + 1):
        more = line
        while len(more) > LONGEST_BYTES and not more.endswith(ends):
            more = readline(LONGEST_BYTES + 1)
        yield line


def header_lines(lines: Iterator[Line], quote: str) -> list[Line]:
    """The first line that is not blank, and those after it that a name in quotes goes on to; none of an empty file."""
    found = list(islice((line for line in lines if line.raw.strip()), 1))
    is_open = bool(found) and found[0].text.count(quote) % 2 == 1
    for line in islice(lines, LONGEST_LINES) if is_open else ():
        found.append(line)
        if line.text.count(quote) % 2:
            break
    return found


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
        if len(line.raw) > LONGEST_BYTES:
            raise csv.Error("a line is too long")
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


def told_delimiter(top: str) -> str | None:
    """The delimiter that a line above the header tells, ``sep=;``; None where the line is none of those."""
    told = _TOLD.fullmatch(top)
    return told[1] if told else None
