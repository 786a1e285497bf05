"""Where in a source's changes its positions begin anew: contradictions between its clock and its positions.

Pure functions over positions and moments (microseconds since 1970), in the order of the moments. Which shift follows
from what they find is :mod:`lake.ingest.epochs`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

# By how much clocks of one log may contradict its positions, in microseconds.
SKEW = 10_000_000
# For how long after a restart positions are compared with the old log's: a new log may outgrow it later on. A change of
# a long transaction has an early position and a late moment, but others of that time have higher positions.
SOON = 60_000_000


@dataclass(frozen=True)
class Extent:
    """The positions and moments, in microseconds since 1970, of the rows of one source."""

    low: int
    high: int
    first: int
    last: int

    @classmethod
    def of(cls, positions: Numbers, moments: Numbers) -> Extent:
        """The extent of some rows."""
        return cls(int(positions.min()), int(positions.max()), int(moments.min()), int(moments.max()))

    def __or__(self, other: Extent | None) -> Extent:
        if other is None:
            return self
        first, last = min(self.first, other.first), max(self.last, other.last)
        return Extent(min(self.low, other.low), max(self.high, other.high), first, last)


def later_break(positions: Numbers, moments: Numbers, before: Extent | None) -> int | None:
    """The first row that is later than all before it while it, and what follows soon, stays below the top before."""
    import numpy as np

    top = np.maximum.accumulate(np.concatenate([positions[:1], positions[:-1]]))
    latest = np.concatenate([moments[:1], moments[:-1]])
    if before is not None:
        top[0], latest[0] = before.high, before.last
        top, latest = np.maximum.accumulate(top), np.maximum.accumulate(latest)
    places = [int(place) for place in np.flatnonzero((moments > latest + SKEW) & (positions < top))]
    return next((one for one in places if _stays_below(positions, moments, one, int(top[one]))), None)


def _stays_below(positions: Numbers, moments: Numbers, place: int, top: int) -> bool:
    """Whether the positions from the row on are below the top, as long as the log can hardly have grown beyond it."""
    end = int(moments.searchsorted(moments[place] + SOON, side="right"))
    return bool(positions[place:end].max() < top)


def earlier_break(positions: Numbers, moments: Numbers, before: Extent) -> int | None:
    """How many rows at the beginning are of an epoch before: earlier than what is stored, and yet beyond what follows.

    Rows that are earlier than all that is stored may themselves hold a break; the last one counts.
    """
    import numpy as np

    late = int(np.searchsorted(moments + SKEW, before.first, side="left"))
    if not late:
        return None
    return late if int(positions[late - 1]) > before.high else last_break(positions[:late], moments[:late])


def last_break(positions: Numbers, moments: Numbers) -> int | None:
    """The last row that is later than the one before while it, and what follows soon, stays below that one."""
    import numpy as np

    places = np.flatnonzero((np.diff(moments) > SKEW) & (positions[1:] < positions[:-1])) + 1
    backwards = [int(place) for place in places[::-1]]
    return next((one for one in backwards if _stays_below(positions, moments, one, int(positions[one - 1]))), None)


def gap_begin(positions: Numbers, moments: Numbers, old: Extent | None, begin: int) -> int | None:
    """The first moment of rows between an epoch's last row and the begin of the next that belong to the next.

    Args:
        positions: of the rows, as if they were of the earlier epoch.
        moments: of the rows.
        old: what is stored of the earlier epoch.
        begin: where the later epoch is known to begin.
    """
    if old is None:
        return None
    between = moments[(moments > old.last + SKEW) & (moments < begin) & (positions < old.high)]
    return int(between.min()) if len(between) else None


def contradicting(positions: Numbers, moments: Numbers, sooner: Extent | None, later: Extent | None) -> int:
    """How many rows are later by the clock than others, or than what is stored, and lower by their position.

    Args:
        positions: of the rows, in the order of the moments.
        moments: of the rows.
        sooner: what is stored of before the first of them.
        later: what is stored of after the last.
    """
    import numpy as np

    places = np.searchsorted(moments, moments - SKEW, side="left")
    top = np.concatenate([[sooner.high if sooner else np.iinfo(np.int64).min], np.maximum.accumulate(positions)])
    top = np.maximum(top, top[0])
    wrong = positions < top[places]
    return int((wrong | (positions > later.low) if later else wrong).sum())
