"""What is planned ahead for a release: announced prices, promotions, and how much is ordered before it comes out.

Drawn by themselves, so that nothing else of the distributor moves with them. A promotion is a price with an end: the
list goes down on its first day and back up on the day after its last, and says so some weeks ahead. Of a price that
is announced long ahead, the first word is sometimes wrong and is corrected before it holds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from demo.distributor.options import Size, draws

PROMOTIONS = 2  # at most, of a release
PROMOTED_SHARE = 0.6
PROMOTION_DAYS = (7, 14, 21, 28)
PROMOTION_PERCENT = (70, 75, 80, 85)  # of the list price
ANNOUNCED_AHEAD = (14, 60)  # days that a price is announced ahead, and so a promotion
AT_ONCE_SHARE = 0.4  # of the prices that hold from the moment they are stated
CORRECTED_SHARE, CORRECTED_FROM = 0.2, 20  # of the prices announced so many days ahead or more
PRE_ORDER_DAYS = 28  # before the release date
WITHOUT_PRE_ORDERS = 0.15  # share of the releases
NONE = -(10**6)  # the first day of a promotion that there is not

Ints = npt.NDArray[np.int64]


def campaigns(size: Size, block: int, release_day: Ints, price_change_days: Ints, first_weeks: Ints) -> pl.DataFrame:
    """The plans of a block's releases, in their order.

    price_ahead_days (n, 3): how long before it holds a price is announced. price_is_corrected (n, 3): whether its first
    word was wrong. promotion_day, promotion_days, promotion_percent, promotion_ahead_days (n, 2). pre_order_share: of
    the demand of the first 28 days, larger for releases that are wanted more (`first_weeks`, any unit), with noise.
    """
    rng, count = draws(size.seed, "campaigns", block), len(release_day)
    ahead = rng.integers(*ANNOUNCED_AHEAD, size=price_change_days.shape)
    ahead = np.where(rng.random(ahead.shape) < AT_ONCE_SHARE, 0, ahead)
    corrected = (rng.random(ahead.shape) < CORRECTED_SHARE) & (ahead >= CORRECTED_FROM)
    shape = (count, PROMOTIONS)
    first = release_day[:, None] + 60 + np.cumsum(rng.exponential(180, size=shape), axis=1).astype(np.int64)
    days = rng.choice(PROMOTION_DAYS, size=shape)
    wanted = rng.random(shape) < PROMOTED_SHARE
    wanted[:, 1] &= ~wanted[:, 0] | (first[:, 1] > first[:, 0] + days[:, 0] + 7)
    for change in price_change_days.T:  # no other price begins during a promotion, nor a week beside it
        wanted &= (change[:, None] < first - 7) | (change[:, None] > first + days + 7)
    wanted &= first > 0  # the first day's list says what holds then, and no promotion is under way
    likes = np.log(first_weeks) - np.log(first_weeks).mean()
    share = np.clip(0.25 * np.exp(0.3 * likes + rng.normal(0, 0.3, count)), 0.02, 0.6)
    return pl.DataFrame(
        {
            "price_ahead_days": ahead,
            "price_is_corrected": corrected,
            "promotion_day": np.where(wanted, first, NONE),
            "promotion_days": days,
            "promotion_percent": rng.choice(PROMOTION_PERCENT, size=shape),
            "promotion_ahead_days": rng.integers(*ANNOUNCED_AHEAD, size=shape),
            "pre_order_share": np.where(rng.random(count) < WITHOUT_PRE_ORDERS, 0.0, share),
        }
    )


def promoted(cents: Ints, percent: Ints) -> Ints:
    """The price during a promotion, in cents that end in nine."""
    return np.asarray(np.round(cents * percent / 1000) * 10 - 1, dtype=np.int64)
