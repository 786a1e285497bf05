"""What is ordered ahead of a release, beside what was ordered ahead of releases like it, and what that is worth.

Both are taken equally many days before the release date, as logarithms. What past launches sold more than launches like
them is regressed on how much more of them had been ordered by then (the regression adjustment of a kernel estimate);
that slope moves the forecast of a release to come, and is nothing where it would not have helped past launches by
more than chance. A release of which nothing has been ordered stays as it is: perhaps nobody was asked. So the others
are held against launches of which something had been ordered.

Belongs here: what was ordered by when, and the slope. Does not belong here: who is like whom (similarity.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.cold_start.launches import Launches
from ml.cold_start.similarity import FEWEST_LAUNCHES, Degrees, is_better
from ml.evaluation.arrays import Floats

Ints = NDArray[np.int64]
LONGEST_LEAD = 60  # days before the release date; what is ordered earlier counts from then on


@dataclass(frozen=True)
class OrderedAhead:
    """Units of each launch that were ordered up to k days before it, shaped (n, 61)."""

    until: NDArray[np.float64]

    @classmethod
    def of(cls, launches: Launches, pre_orders: pl.DataFrame) -> OrderedAhead:
        """From [unique_id, ds, units], what was ordered on a day; what is not ahead of the launch is not looked at."""
        placed = launches.catalogue.select("unique_id", "launch").with_row_index("row")
        ordered = (
            pre_orders.join(placed, on="unique_id", how="inner")
            .with_columns(lead=(pl.col("launch") - pl.col("ds")).dt.total_days())
            .filter(pl.col("lead") >= 1)
        )
        daily = np.zeros((launches.catalogue.height, LONGEST_LEAD + 1))
        lead = np.minimum(ordered["lead"].to_numpy(), LONGEST_LEAD)
        np.add.at(daily, (ordered["row"].to_numpy(), lead), ordered["units"].to_numpy())
        return cls(np.cumsum(daily[:, ::-1], axis=1)[:, ::-1])

    def log_units(self, rows: Ints, lead: int) -> Floats:
        """Logarithm of the units (plus one) ordered up to `lead` days (60 at most) before the launch."""
        return np.asarray(np.log1p(self.until[rows, lead]), dtype=np.float64)


def slope(value: Floats, ordered: Floats, share: Degrees, asked: Ints) -> float:
    """By how much more a launch sold than those like it, per how much more of it had been ordered; both logarithms.

    `share` holds the weights, summing to 1, of past launches (columns) in the forecast of those `asked` (rows). 0 for
    fewer than 20 launches, and where the error would not have been smaller by more than chance.
    """
    if len(asked) < FEWEST_LAUNCHES:
        return 0.0
    sold_more, ordered_more = (each[asked] - share @ each for each in (value, ordered))
    square = float(ordered_more @ ordered_more)
    found = max(float(sold_more @ ordered_more) / square, 0.0) if square > 0 else 0.0
    return found if is_better((sold_more - found * ordered_more) ** 2, sold_more**2) else 0.0
