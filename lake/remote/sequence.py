"""Numbered objects of which each is created once: the newest counts, and of two writers one creates the next.

Object storages agree on little beyond "create, unless it is there"; a sequence needs nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

from lake.remote.objects import GoneError, Objects

DIGITS = 12
KEPT = 20  # older ones may go: whoever still creates one of their numbers finds a newer one beside it


@dataclass(frozen=True)
class Sequence:
    """The objects `prefix/000000000001.json` and so on."""

    objects: Objects
    prefix: str

    def newest(self) -> tuple[int, bytes] | None:
        """The highest number and its content; None before the first."""
        while number := max(self._numbers(), default=0):
            try:
                return number, self.objects.read(self.name(number))
            except GoneError:
                continue  # it was tidied away, because newer ones have come
        return None

    def create(self, number: int, content: bytes) -> bool:
        """Create the object of a number; False where another writer was faster, also when that was long ago."""
        created = self.objects.create(self.name(number), content)
        return created and max(self._numbers(), default=0) == number

    def tidy(self) -> None:
        """Delete all but the newest."""
        self.objects.delete([self.name(number) for number in sorted(self._numbers())[:-KEPT]])

    def contents(self) -> list[bytes]:
        """What every kept object holds."""
        return [self.objects.read(self.name(number)) for number in self._numbers()]

    def name(self, number: int) -> str:
        """The name of the object of a number."""
        return f"{self.prefix}/{number:0{DIGITS}}.json"

    def _numbers(self) -> list[int]:
        return [int(name.rpartition("/")[2].partition(".")[0]) for name, _ in self.objects.names(self.prefix)]
