"""Kinds of series, and whether another serves one of them better by more than chance.

Belongs here: what tells kinds apart, the comparison. Does not belong here: the misses compared (rehearsal.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ml.evaluation.arrays import Floats, Ints
from ml.series.frequency import Frequency
from ml.series.panel import Shaped

FEWEST_SERIES = 20  # that a kind of series has an own choice for
SURE = 2.0  # standard errors
ECHO = 0.3


def kinds(shaped: Shaped, frequency: Frequency) -> Ints:
    """What kind each series is of, 0 to 7: above zero throughout or not, with a season or not, of two years or not.

    A season shows where the same step one season before says more than a tenth of what is to be said (the correlation
    of the shape's changes over a step, of all that is known, is above 0.3).
    """
    season = frequency.main_season
    long = shaped.lengths >= 2 * max(season, max((s for s in frequency.seasons if s <= 366), default=1))
    return 4 * shaped.is_log.astype(np.int64) + 2 * (_echo(shaped, season) > ECHO) + long


def _echo(shaped: Shaped, season: int) -> Floats:
    """Correlation of each series' changes with those one season before; 0 where there is no season, or none known."""
    found = np.zeros(shaped.panel.n_series)
    if season < 2:
        return found
    values, owner = shaped.panel.values, np.repeat(np.arange(shaped.panel.n_series), shaped.lengths)
    moved = np.full(len(values), np.nan)
    shape = shaped.shape(values, owner)
    same = owner[1:] == owner[:-1]
    moved[1:][same] = np.diff(shape)[same]
    now, then = moved[season:], moved[:-season]
    both = np.isfinite(now) & np.isfinite(then) & (owner[season:] == owner[:-season])
    own = owner[season:][both]

    def total(what: Floats) -> Floats:
        sums: Floats = np.bincount(own, what[both], minlength=len(found)).astype(np.float64)
        return sums

    size = np.sqrt(total(now**2) * total(then**2))
    return np.divide(total(now * then), size, out=found, where=size > 0)


def better_than(misses: Mapping[str, Floats], standing: str) -> str:
    """Who missed less than who stands by more than chance, the least of those; else who stands.

    `misses` has a mean miss per series, NaN where there is none. More than chance: at least 20 series, and a mean gain
    of two standard errors over series.
    """
    best, least = standing, 0.0
    for name, miss in misses.items():
        gain = misses[standing] - miss
        gain = gain[np.isfinite(gain)]
        if len(gain) < FEWEST_SERIES:
            continue
        mean = float(gain.mean())
        if mean > least and mean > SURE * float(gain.std(ddof=1)) / np.sqrt(len(gain)):
            best, least = name, mean
    return best
