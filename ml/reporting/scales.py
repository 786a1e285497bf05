"""Axes: from values to places on the paper, with round numbers at the ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A linear scale from `low`..`high` to the paper's `start`..`end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value lies on the paper."""
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


def round_step(span: float, ticks: int = 4) -> float:
    """The step of 1, 2 or 5 times a power of ten that divides the span into at most so many parts."""
    if span <= 0:
        return 1.0
    rough = span / ticks
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def ticks(high: float, count: int = 4) -> list[float]:
    """Round numbers from zero to just above `high`."""
    step = round_step(high, count)
    return [k * step for k in range(math.ceil(high / step - 1e-9) + 1)] if high > 0 else [0.0, 1.0]
