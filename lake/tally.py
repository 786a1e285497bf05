"""What became of the rows that a silver table has read: each has one fate. The sums stand in the table's commits."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deltalake import DeltaTable


@dataclass(frozen=True)
class Tally:
    """What became of the bronze rows: read = applied + deleted + superseded + duplicate + tied + dead.

    ``tied`` rows state something else than another row of their key and position; the later delivery stands.
    """

    read: int = 0
    applied: int = 0
    deleted: int = 0
    superseded: int = 0
    duplicate: int = 0
    dead: int = 0
    tied: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(Tally)))

    @property
    def is_balanced(self) -> bool:
        """Whether each row that was read has one fate."""
        return self.read == sum(int(getattr(self, one.name)) for one in fields(Tally) if one.name != "read")

    def transactions(self) -> dict[str, int]:
        """The totals as application transactions."""
        return {f"count:{one.name}": getattr(self, one.name) for one in fields(Tally)}

    @classmethod
    def standing(cls, snapshot: DeltaTable) -> Tally:
        """The totals that the table's newest commit carries."""
        return cls(*((snapshot.transaction_version(f"count:{one.name}") or 0) for one in fields(cls)))
