"""What makers share: what they are given, what they return, and how a failure is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from lake.journals.generation import Standing

FOLDER = "generated"


class CannotMakeError(Exception):
    """The request cannot be made.

    The message is its reason; `cost` is what it has cost all the same, None where nobody knows.
    """

    def __init__(self, reason: str, cost: float | None = 0.0) -> None:
        super().__init__(reason)
        self.cost = cost


@dataclass(frozen=True)
class Planned:
    """What the backend gets, as JSON values, and the cost that is reserved before anybody is asked."""

    plan: dict[str, Any]
    reserve: float = 0.0


@dataclass(frozen=True)
class Made:
    """A draft: which name of the request it is, and the columns of its row."""

    name: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """The drafts of a request, why others are missing, and what it cost."""

    drafts: tuple[Made, ...]
    reasons: tuple[str, ...] = ()
    cost: float = 0.0


class Maker(Protocol):
    """Makes the drafts of one kind of request."""

    def plan(self, request: "Standing") -> Planned:
        """Decide what the backend gets; raise CannotMakeError where that cannot be decided."""

    def make(self, request: "Standing", planned: Planned, folder_of: Callable[[str], Path]) -> Outcome:
        """Make the drafts of the names that `request.details["names"]` lists.

        Args:
            request: with its plan.
            planned: what `plan` returned.
            folder_of: where the files of a name go.
        """
