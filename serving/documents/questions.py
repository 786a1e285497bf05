"""Which questions the documentation answers, and the words that a section must hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from serving.documents.german import english_of, is_empty
from serving.queries.search.documents import plain

Kind = Literal["meaning", "how", "why"]
_LEADS: tuple[tuple[Kind, str], ...] = (
    ("meaning", r"what (?:does|do) (?P<rest>.+) (?:mean|stand for|hold|contain)"),
    ("meaning", r"what is (?:the )?(?:meaning|definition) of (?P<rest>.+)"),
    ("meaning", r"(?:define|explain the (?:term|column|word)) (?P<rest>.+)"),
    ("meaning", r"what is meant by (?P<rest>.+)"),
    ("how", r"how (?:do|can|should|could|must) (?:i|we|you|one) (?P<rest>.+)|how to (?P<more>.+)"),
    ("how", r"how (?:is|are|does|do) (?P<rest>.+)"),
    ("why", r"why (?:is|are|does|do|must|can|cannot|should) (?P<rest>.+)"),
)  # fmt: skip
_GERMAN: tuple[tuple[Kind, str], ...] = (
    ("meaning", r"was (?:bedeutet|bedeuten|heißt|heißen) (?P<rest>.+)"),
    ("meaning", r"was ist (?:die )?(?:bedeutung|definition) (?:von|der|des) (?P<rest>.+)"),
    ("meaning", r"was ist (?:mit )?(?P<rest>.+) gemeint|was versteht man unter (?P<more>.+)"),
    ("meaning", r"(?:definiere|erkläre (?:den begriff|die spalte|das wort)) (?P<rest>.+)"),
    ("how", r"wie (?P<rest>\S+ (?:ich|wir|man)(?: .+)?)"),
    ("how", r"wie (?:wird|werden|ist|sind|funktioniert|funktionieren) (?P<rest>.+)"),
    ("why", r"(?:warum|weshalb|wieso) (?:wird|werden|ist|sind|hat|haben|muss|müssen|kann) (?P<rest>.+)"),
)  # fmt: skip
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """a an and any are as at be been but by can column columns did do does field for from has have i if in into is
        it its me my not of on one or our out s so some table tables term that the their them then there they this to us
        use used using was we what when where which will with word you your please mean means""",
    )
)


@dataclass(frozen=True)
class DocumentQuestion:
    """A question that documents may answer.

    Attributes:
        kind: what is asked.
        words: that say what it is about; each may be several parts, such as units p50.
        wants_column: whether it asks about a column.
        english: of a German word the words that a section may hold in its place.
    """

    kind: Kind
    words: tuple[str, ...]
    wants_column: bool
    english: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def forms(self, word: str) -> tuple[str, ...]:
        """The words that a section may hold for a word."""
        return self.english.get(word, (word,))


def read_document_question(question: str) -> DocumentQuestion | None:
    """What a question asks of the documentation; None where it is no such question.

    >>> read_document_question("How do I connect Kafka?").words
    ('connect', 'kafka')
    >>> read_document_question("Wie verbinde ich Kafka?").forms("verbinde")
    ('connect',)
    >>> read_document_question("revenue of jazz") is None
    True
    """
    text = " ".join(re.findall(r"[\w.]+", question.lower()))
    for kind, pattern in _LEADS:
        if found := re.fullmatch(pattern, text):
            rest = next(part for part in found.groups() if part)
            return _question(kind, rest)
    for kind, pattern in _GERMAN:
        if found := re.fullmatch(pattern, text):
            return _german_question(kind, next(part for part in found.groups() if part))
    return None


def _question(kind: Kind, rest: str) -> DocumentQuestion | None:
    names = dict.fromkeys(plain(word.replace(".", " ")) for word in rest.split())
    words = tuple(one for one in names if one and one not in _EMPTY)
    return DocumentQuestion(kind, words, bool(re.search(r"\bcolumns?\b|\bfields?\b", rest))) if words else None


def _german_question(kind: Kind, rest: str) -> DocumentQuestion | None:
    names = dict.fromkeys(plain(word.replace(".", " ")) for word in rest.split())
    words = tuple(one for one in names if one and not is_empty(one) and one not in _EMPTY)
    is_column = bool(re.search(r"\bspalten?\b|\bfeld(?:er)?\b", rest))
    english = {one: english_of(one) for one in words}
    return DocumentQuestion(kind, words, is_column, english) if words else None
