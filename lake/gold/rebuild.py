"""A request to rebuild gold although no input has changed."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Months:
    """The months from the first to the last, both included."""

    first: dt.date
    last: dt.date

    def all(self) -> frozenset[dt.date]:
        """Their first days."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        numbers = [self.first.year * 12 + self.first.month - 1 + step for step in range(count)]
        return frozenset(dt.date(number // 12, number % 12 + 1, 1) for number in numbers)


@dataclass(frozen=True)
class Asked:
    """What is to be built again: gold's tables, these months of them or (None) all; ``reason`` says why."""

    months: frozenset[dt.date] | None
    reason: str = "a rebuild was asked for"
