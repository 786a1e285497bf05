"""What a write-back needs of a PIM, whichever way it is reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lake.journals.writebacks import PimValue

EXPORTED, WRITTEN, FOUND = "exported", "written", "found in place"
CONFLICT, ABSENT, OPEN = "conflict", "not in the PIM", "open"


@dataclass(frozen=True)
class ReleaseUpdate:
    """New values for the fields of one release in the PIM, and the forecast origin that they come from.

    Attributes:
        release_id: the release.
        origin: the forecast's, as a date.
        fields: by the PIM's name; null clears the field.
        ours: values that this installation has put there, or has begun to put there, by field.
        known_at: the release's modificationDate when its fields were last written, unix seconds; None: never.
    """

    release_id: str
    origin: str
    fields: Mapping[str, PimValue]
    ours: Mapping[str, Sequence[PimValue]] = field(default_factory=dict)
    known_at: int | None = None


@dataclass(frozen=True)
class FieldOutcome:
    """What became of one field: the result, what the PIM holds now, and the release's modificationDate then."""

    result: str
    value: PimValue = None
    modified_at: int | None = None


@dataclass(frozen=True)
class Delivery:
    """What became of a batch of updates.

    Attributes:
        target: where it went: a file, or the address of an interface.
        result: what became of every field that ``outcomes`` does not name.
        outcomes: by release and field.
        faults: what went wrong, in words; those fields are open, and the next write-back looks at them first.
        is_down: whether it is of no use to go on.
    """

    target: str
    result: str = EXPORTED
    outcomes: Mapping[tuple[str, str], FieldOutcome] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    is_down: bool = False

    def outcome(self, release_id: str, name: str) -> FieldOutcome:
        """What became of a field."""
        return self.outcomes.get((release_id, name), FieldOutcome(self.result))


class Pim(Protocol):
    """A PIM to write to."""

    @property
    def address(self) -> str | None:
        """Of the interface, by which the record tells one PIM from another; None for files."""

    @property
    def at_once(self) -> int | None:
        """How many releases one call takes at most; None: all of them."""

    def update_releases(self, updates: Sequence[ReleaseUpdate]) -> Delivery:
        """Hand the updates over; the same updates again have the same effect as once."""
