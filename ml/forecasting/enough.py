"""Whether the past is enough to say anything of the future.

A rate taken from one order is no forecast: 12 units on the only day known would be 360 in the next 30 days.

Belongs here: the least that is asked of sales as a whole. Does not belong here: which model serves (selection.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Least:
    """What sales must have before anything is forecast.

    Attributes:
        days: days from the first sale to the last one, both counted.
        sales: days on which a release sold, over all releases.
        releases: releases that sold.
    """

    days: int = 28
    sales: int = 10
    releases: int = 1


def shortfall(sales: pl.DataFrame, least: Least) -> str | None:
    """What is missing for a forecast, in words; None where nothing is.

    Args:
        sales: daily sales [unique_id, ds, y].
        least: what is asked for.

    Example:
        >>> from datetime import date
        >>> one = pl.DataFrame({"unique_id": ["R1"], "ds": [date(2026, 3, 1)], "y": [12.0]})
        >>> shortfall(one, Least())
        'sales cover 1 day of 28 and 1 day of a release with a sale of 10'
    """
    sold = sales.filter(pl.col("y") > 0)
    found = sold.select(
        days=((pl.col("ds").max() - pl.col("ds").min()).dt.total_days() + 1).fill_null(0),
        sales=pl.len(),
        releases=pl.col("unique_id").n_unique(),
    ).row(0, named=True)
    lacks = [
        f"{found['days']} day{'' if found['days'] == 1 else 's'} of {least.days}" if found["days"] < least.days else "",
        f"{found['sales']} day{'' if found['sales'] == 1 else 's'} of a release with a sale of {least.sales}"
        if found["sales"] < least.sales
        else "",
        f"{found['releases']} release{'' if found['releases'] == 1 else 's'} of {least.releases}"
        if found["releases"] < least.releases
        else "",
    ]
    named = [one for one in lacks if one]
    return f"sales cover {' and '.join(named)}" if named else None
