"""What a sentence is made of: the facts of an origin, and numbers as people say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from ml.evaluation.arrays import Floats


@dataclass(frozen=True)
class Facts:
    """What was known of the releases at an origin: raw features by name, in row order, and what they are held against.

    `level` is each release's usual pace in units a day. `texts` are the catalogue's own words (genre, format).
    """

    origin: date
    horizon: int
    level: Floats
    features: Mapping[str, Floats]
    texts: Mapping[str, Sequence[str | None]] = field(default_factory=dict)

    def of(self, name: str, row: int) -> float:
        """A raw feature of one release; NaN where it does not exist."""
        return float(self.features[name][row]) if name in self.features else float("nan")

    def window(self) -> str:
        """The days that are forecast."""
        return f"{_day(self.origin + timedelta(days=1))} to {_day(self.origin + timedelta(days=self.horizon))}"


Say = Callable[[Facts, int], str]


class Words(NamedTuple):
    """The reason that a column belongs to, the raw features it rests on, and its sentence for one release."""

    reason: str
    rests_on: tuple[str, ...]
    say: Say


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def amount(units: float) -> str:
    """12 or 1.5: whole numbers from ten on."""
    return f"{units:,.0f}" if abs(units) >= 9.95 or units == int(units) else f"{units:.1f}"


def compared(ratio: float, more: str = "more", less: str = "less") -> str:
    """40% more, 3 times as much, 20% less; as much where nothing moves."""
    if not np.isfinite(ratio):
        return f"much {more}"
    if ratio >= 1.95:
        return f"{amount(round(ratio, 1))} times as much"
    percent = round(abs(ratio - 1) * 100)
    return "as much" if percent == 0 else f"{percent}% {more if ratio > 1 else less}"


def against(ratio: float) -> str:
    """40% more than, as much as."""
    said = compared(ratio)
    return f"{said} {'as' if said.endswith('much') else 'than'}"
