"""What each buyer did by an origin, and whether they ordered in the days after it.

An order is a day with an amount of zero or more (what is free is ordered too); a day of returns only is none. Days
are whole numbers, 0 at the cut.
"""

from __future__ import annotations

import datetime as dt

import polars as pl


class OrdersError(ValueError):
    """The rows cannot be used; the message names column, row and rule."""


def order_days(frame: pl.DataFrame, cut: dt.date) -> pl.DataFrame:
    """Return the orders up to the cut: `buyer_id, day, amount`; day 0 is the cut, earlier days are negative.

    Rows after the cut are dropped before anything else, whatever they hold.

    Raises:
        OrdersError: a column is missing, a value empty or not finite, or no order lies up to the cut.
    """
    names = ("buyer_id", "ds", "amount")
    if missing := [name for name in names if name not in frame.columns]:
        raise OrdersError(f"column {missing[0]} is missing; needed are {', '.join(names)}")
    if not frame.schema["ds"].is_temporal():
        raise OrdersError(f"column ds holds {frame.schema['ds']}; dates as 2026-03-01 are needed")
    if empty := frame["ds"].null_count():
        raise OrdersError(f"column ds is empty in {empty} rows; every row needs a value")
    typed = frame.select(
        pl.col("buyer_id").cast(pl.String), pl.col("ds").cast(pl.Date), pl.col("amount").cast(pl.Float64)
    ).filter(pl.col("ds") <= cut)
    for name, wrong in (
        ("buyer_id", typed["buyer_id"].is_null()),
        ("amount", ~typed["amount"].is_finite().fill_null(False)),
    ):
        if wrong.any():
            row = typed.row(int(wrong.arg_max() or 0), named=True)
            raise OrdersError(f"a row of {row['ds']}: {name} is {row[name]!r}; every row needs a finite value")
    found = (
        typed.group_by("buyer_id", (pl.col("ds") - cut).dt.total_days().alias("day"))
        .agg(pl.col("amount").sum().clip(0), is_order=(pl.col("amount") >= 0).any())
        .filter("is_order")
        .drop("is_order")
        .sort("buyer_id", "day")
    )
    if found.is_empty():
        raise OrdersError(f"no order lies up to {cut}; give a later --cut, or rows with amounts of zero or more")
    return found


def histories(orders: pl.DataFrame, origin: int, days: int) -> pl.DataFrame:
    """Return one row per buyer with an order by the origin day.

    Columns: `recency` (days since the last order), `frequency` (orders), `tenure` (days since the first), `mean_gap`,
    `gap_spread` (deviation over mean of the gaps), `amount` (mean), `recent_1` to `recent_12` (orders in the last so
    many windows of `days`).
    """
    known = orders.filter(pl.col("day") <= origin).with_columns(
        gap=pl.col("day").diff().over("buyer_id"), ago=origin - pl.col("day")
    )
    windows = {f"recent_{count}": (pl.col("ago") < count * days).sum() for count in (1, 2, 3, 6, 12)}
    return (
        known.group_by("buyer_id")
        .agg(
            recency=pl.col("ago").min(),
            frequency=pl.len(),
            tenure=pl.col("ago").max(),
            mean_gap=pl.col("gap").mean(),
            gap_spread=pl.col("gap").std() / pl.col("gap").mean(),
            amount=pl.col("amount").mean(),
            **windows,
        )
        .with_columns(pl.all().exclude("buyer_id").cast(pl.Float64))
        .sort("buyer_id")
    )


def outcomes(orders: pl.DataFrame, buyers: pl.Series, origin: int, days: int) -> pl.Series:
    """Return how many orders each of the buyers placed in the `days` after the origin."""
    after = orders.filter(pl.col("day").is_between(origin + 1, origin + days)).group_by("buyer_id").agg(orders=pl.len())
    return buyers.to_frame().join(after, on="buyer_id", how="left", maintain_order="left")["orders"].fill_null(0)
