"""Tokens and clauses of a text, with the places where they stand.

Belongs here: cutting a text into pieces. Does not belong here: what the pieces mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[!?]+", re.UNICODE)
SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)|[\n\r]+|;|\s[–—-]+\s")
# A clause with a view of its own begins at these words.
CONTRAST = re.compile(
    r",?\s+(?:but|however|although|though|yet|whereas|while|except that|unfortunately)\b"
    r"|,\s+(?:and|plus|the|it|they)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Token:
    """A word in lower case, its place in the text, and whether it is written in capitals."""

    word: str
    start: int
    end: int
    is_loud: bool


@dataclass(frozen=True)
class Span:
    """A piece of a text from `start` to `end`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The piece itself."""
        return text[self.start : self.end]


def tokens(text: str, start: int = 0) -> list[Token]:
    """Return the words and marks of a text; places count from `start`.

    >>> [one.word for one in tokens("Didn't like it!")]
    ["didn't", 'like', 'it', '!']
    """
    return [
        Token(
            found[0].lower().replace("’", "'"),
            start + found.start(),
            start + found.end(),
            len(found[0]) > 1 and found[0].isupper(),
        )
        for found in TOKEN.finditer(text)
    ]


def sentences(text: str) -> list[Span]:
    """Return the sentences of a text, without the white space around them."""
    return _pieces(text, Span(0, len(text)), [(found.start(), found.end()) for found in SENTENCE_END.finditer(text)])


def clauses(text: str, sentence: Span) -> list[Span]:
    """Return the clauses of a sentence: it is cut before words of contrast.

    >>> text = "Great songs, but the vinyl was warped"
    >>> [one.of(text) for one in clauses(text, Span(0, len(text)))]
    ['Great songs', 'but the vinyl was warped']
    """
    cuts = []
    for found in CONTRAST.finditer(text, sentence.start, sentence.end):
        blank = len(found[0]) - len(found[0].lstrip(", \t"))
        cuts.append((found.start(), found.start() + blank))
    return _pieces(text, sentence, cuts)


def _pieces(text: str, whole: Span, cuts: list[tuple[int, int]]) -> list[Span]:
    """The spans between cuts; the mark of a cut belongs to neither side, but !'s weight stays with the piece before."""
    found, begin = [], whole.start
    for first, last in [*cuts, (whole.end, whole.end)]:
        end = last if text[first:last].strip() and text[first] in "!?" else first
        piece = text[begin:end]
        left, right = len(piece) - len(piece.lstrip()), len(piece) - len(piece.rstrip())
        if piece.strip():
            found.append(Span(begin + left, end - right))
        begin = last
    return found


@cache
def words_of(kind: str) -> frozenset[str]:
    """Return the words of a kind in words.txt: english, other or negation."""
    lines = Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if line.startswith(f"{kind}: ") for word in line.split()[1:])
