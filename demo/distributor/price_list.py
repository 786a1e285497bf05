"""What the ERP's price list says when: a statement per price, with its first day and the day it was entered.

A price that holds at once is entered on its day, an announced one some weeks ahead, a promotion with its end. What was
entered before the first day stands in that day's snapshot.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from demo.distributor.campaigns import NONE, PROMOTIONS, promoted
from demo.distributor.world import PRICE_CHANGES, World

ENTERED_S = 6 * 3600  # of the day
WRONG_CENTS = 200  # what the first word is off by, where it is corrected


@lru_cache(maxsize=1)
def statements(world: World) -> pl.DataFrame:
    """One row per statement but the first of a release: index, valid_day, entered_day, cents, slot, op.

    `slot` tells the statements of a release apart. Of releases that come out, and prices that begin after the first
    day; `entered_day` is 0 at least.
    """
    releases = world.releases.filter(~pl.col("is_withdrawn"))
    frames = [_change(releases, number) for number in range(PRICE_CHANGES)]
    frames += [_promotion(releases, number) for number in range(PROMOTIONS)]
    return pl.concat(frames).filter(pl.col("valid_day") > 0).sort("entered_day", "index", "slot")


def _frame(releases: pl.DataFrame, slot: int, op: str, **columns: np.ndarray) -> pl.DataFrame:
    made = {name: np.asarray(values, dtype=np.int64) for name, values in columns.items()}
    frame = pl.DataFrame({"index": releases["index"], **made}).with_columns(slot=pl.lit(slot), op=pl.lit(op))
    snapshot = pl.col("entered_day") <= 0
    return frame.with_columns(
        entered_day=pl.max_horizontal("entered_day", pl.lit(0)),
        op=pl.when(snapshot & (pl.lit(op) == "c")).then(pl.lit("r")).otherwise("op"),
    )


def _change(releases: pl.DataFrame, number: int) -> pl.DataFrame:
    """A regular price's statement, and its correction where the first word was wrong."""
    day, cents, ahead, corrected = (
        releases[name].to_numpy()[:, number]
        for name in ("price_change_days", "price_change_cents", "price_ahead_days", "price_is_corrected")
    )
    corrected = corrected & (day - ahead > 0)
    first = np.where(corrected, cents + WRONG_CENTS, cents)
    said = _frame(releases, 1 + number, "c", valid_day=day, entered_day=day - ahead, cents=first)
    again = _frame(releases, 8 + number, "u", valid_day=day, entered_day=day - ahead // 2, cents=cents)
    return pl.concat([said, again.filter(pl.Series(corrected))])


def _promotion(releases: pl.DataFrame, number: int) -> pl.DataFrame:
    """A promotion's first day and the day after its last, entered together."""
    first, days, percent, ahead = (
        releases[name].to_numpy()[:, number]
        for name in ("promotion_day", "promotion_days", "promotion_percent", "promotion_ahead_days")
    )
    regular = regular_cents(releases, first)
    entered, slot = first - ahead, 4 + 2 * number
    begins = _frame(releases, slot, "c", valid_day=first, entered_day=entered, cents=promoted(regular, percent))
    ends = _frame(releases, slot + 1, "c", valid_day=first + days, entered_day=entered, cents=regular)
    return pl.concat([frame.filter(pl.Series(first != NONE)) for frame in (begins, ends)])


def regular_cents(releases: pl.DataFrame, day: np.ndarray | int) -> np.ndarray:
    """The list price of each release on a day (one for all, or one each), promotions aside."""
    changes = releases["price_change_days"].to_numpy()
    steps = np.hstack([releases["first_price_cents"].to_numpy()[:, None], releases["price_change_cents"].to_numpy()])
    so_far = (changes <= np.asarray(day).reshape(-1, 1)).sum(axis=1)
    return np.asarray(steps[np.arange(len(steps)), so_far], dtype=np.int64)
