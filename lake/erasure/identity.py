"""Who is forgotten: what texts name the buyer, and how a text is rewritten so that it no longer does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

FORGOTTEN = "forgotten"
# A text shorter than this, or of one word, may mean something else elsewhere: it goes only where it is the buyer's.
DISTINCTIVE_LENGTH = 8
_HOLDER = r"[^\"\\]*(?:buyer|customer)[^\"\\]*|entity_id|entity_key"


def holds_a_buyer(name: str) -> bool:
    """Whether a field or column of this name holds the number of a buyer."""
    return re.fullmatch(_HOLDER, name, re.IGNORECASE) is not None


def is_distinctive(text: str) -> bool:
    """Whether a personal text means this person wherever it stands: an e-mail, a phone, a name of two words."""
    digits = sum(one.isdigit() for one in text)
    return len(text) >= DISTINCTIVE_LENGTH and ("@" in text or " " in text.strip() or digits >= DISTINCTIVE_LENGTH - 1)


@dataclass(frozen=True)
class Identity:
    """A buyer, and all that names it.

    Attributes:
        buyer_id: the buyer's number.
        substitute: what stands in its place from now on; random, so that nothing leads back.
        personal_fields: field or column -> what it is emptied to where it is the buyer's; None is null.
        texts: personal texts that go wherever they stand, and their pseudonyms.
    """

    buyer_id: str
    substitute: str
    personal_fields: Mapping[str, str | None]
    texts: frozenset[str] = frozenset()

    @cached_property
    def is_plain_number(self) -> bool:
        """Whether the buyer's number could be any other number, so that its field must say what it is."""
        return not any(one.isalpha() for one in self.buyer_id) or len(self.buyer_id) < 4

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """Texts of which one stands in whatever names the buyer, as they are and as JSON escapes them."""
        found = {self.buyer_id, *self.texts}
        return tuple(sorted(found | {json.dumps(text)[1:-1] for text in found}, key=len, reverse=True))

    @cached_property
    def _field(self) -> re.Pattern[str]:
        return re.compile(rf'("(?:{_HOLDER})"\s*:\s*)"?{re.escape(self.buyer_id)}"?(?=\s*[,}}\]])', re.IGNORECASE)

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        number = re.escape(self.buyer_id)
        number = (
            rf"(?<=buyer ){number}(?!\w)|(?<=customer ){number}(?!\w)"
            if self.is_plain_number
            else (rf"(?<![\w]){number}(?![\w])")
        )
        texts = "|".join(re.escape(text) for text in self.needles if text != self.buyer_id)
        return re.compile(f"(?P<number>{number})" + (f"|(?i:{texts})" if texts else ""))

    @cached_property
    def _emptied(self) -> re.Pattern[str]:
        names = "|".join(map(re.escape, self.personal_fields))
        return re.compile(rf'("({names})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|[-+.\d]+)')

    def may_name(self, text: str) -> bool:
        """Whether a text may name the buyer; a cheap look before :meth:`rewrite`."""
        folded = text.casefold()
        return any(needle.casefold() in folded for needle in self.needles)

    def renumber(self, value: str) -> str:
        """A value of a column of buyers' numbers, or of keys of their versions (``B00017@…``), without this one."""
        number, at, moment = value.partition("@")
        of_buyer = number == self.buyer_id and (not at or moment.isdigit())
        return self.substitute + at + moment if of_buyer else value

    def rewrite(self, text: str) -> str:
        """One line or value of text, JSON or prose, without the buyer.

        Where a document is the buyer's (a field says so), its personal fields are emptied, whatever they hold.
        """
        if not self.may_name(text):
            return text
        renamed, count = self._field.subn(lambda match: f'{match[1]}"{self.substitute}"', text)
        if count and self.personal_fields:
            renamed = self._emptied.sub(lambda match: match[1] + json.dumps(self.personal_fields[match[2]]), renamed)
        return self._anywhere.sub(lambda match: self.substitute if match["number"] else FORGOTTEN, renamed)

    def rewrite_lines(self, content: bytes) -> bytes:
        """The same for every line of a file; lines that do not name the buyer keep their bytes."""
        lines = content.split(b"\n")
        return b"\n".join(self.rewrite(_text(line)).encode("utf-8", "surrogateescape") for line in lines)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def stated_texts(documents: Iterable[str], buyer_id: str, fields: Iterable[str]) -> set[str]:
    """The texts in the named fields of every object that says it is about the buyer.

    Args:
        documents: JSON texts; what is none is passed over.
        buyer_id: the buyer's number.
        fields: names of the fields.
    """
    wanted = set(fields)
    found: set[str] = set()
    for document in documents:
        try:
            parsed = json.loads(document)
        except ValueError:
            continue
        for one in _objects(parsed):
            if any(holds_a_buyer(name) and str(value) == buyer_id for name, value in one.items()):
                found.update(str(value) for name, value in one.items() if name in wanted and value)
    return found


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _objects(one)
