"""What becomes of the rows of a file: counts, faults, and the keys that files state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b


@dataclass(frozen=True)
class FileFault:
    """One fault: row of the file, table and field, the user's column, value, rule, and whether the row is refused."""

    row: int
    table: str
    field: str
    column: str
    value: str
    rule: str
    refuses: bool


@dataclass
class Outcome:
    """What became of a file's rows. ``landed`` counts rows of the file, ``rows`` those of each table."""

    read: int = 0
    skipped: int = 0
    refused: int = 0
    landed: int = 0
    emptied: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Converted:
    """Some rows of a file, by table: (row of the file, fields); their faults; moments of change by row."""

    tables: Mapping[str, list[tuple[int, dict[str, str | None]]]]
    faults: list[FileFault]
    changed: Mapping[int, int]


class Stated:
    """The keys that files state as their own, by table: what other files say of the same is left out."""

    def __init__(self) -> None:
        self._keys: dict[str, set[int]] = {}

    def add(self, table: str, key: Sequence[str | None]) -> None:
        """Remember a key."""
        self._keys.setdefault(table, set()).add(key_hash(key))

    def has(self, table: str, key: Sequence[str | None]) -> bool:
        """Whether a file states it."""
        return key_hash(key) in self._keys.get(table, ())


def key_hash(texts: Sequence[str | None]) -> int:
    """A number that stands for texts; two rows of one number are taken for the same."""
    joined = "\x00".join("\x01" if text is None else text for text in texts)
    return int.from_bytes(blake2b(joined.encode(), digest_size=8).digest(), "big")
