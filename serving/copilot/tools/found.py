"""What a tool of the copilot read."""

from dataclasses import dataclass, field
from typing import Any

from serving.copilot.answers import Fact, Passage


@dataclass
class Found:
    """What a tool read."""

    facts: list[Fact] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)


def cut(count: int, limit: int) -> list[str]:
    """The note that not all rows are shown; none where they are."""
    return [f"the first {limit} of {count} are shown"] if count > limit else []
