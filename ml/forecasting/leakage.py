"""The corrupt-the-future test: whatever happens after the origin, what is computed at it stays the same, byte for byte.

Belongs here: the corruptions and the comparison, for any function of (sales, origin) or of (facts, origin). Does not
belong here: features.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import polars.selectors as cs

from ml.forecasting.facts import KNOWN_BY, Facts

AtOrigin = Callable[[pl.DataFrame, date], pl.DataFrame]


class LeakError(AssertionError):
    """A value at the origin depends on what came after it."""


def corrupted_futures(sales: pl.DataFrame, origin: date, seed: int = 0) -> dict[str, pl.DataFrame]:
    """The same sales with another future each: removed, inflated, dealt to other series, with newcomers."""
    past = sales.filter(pl.col("ds") <= origin)
    future = sales.filter(pl.col("ds") > origin)
    amounts = ("y", "revenue")
    newcomers = future.with_columns(pl.concat_str(pl.lit("0-newcomer-"), pl.col("unique_id")).alias("unique_id"))
    others = {
        "removed": future.clear(),
        "inflated": future.with_columns(pl.col(*amounts) * 7.3 + 1),
        "dealt to other series": future.with_columns(pl.col(*amounts).shuffle(seed)),
        "with newcomers": pl.concat([future, newcomers]),
    }
    return {name: pl.concat([past, other]) for name, other in others.items()}


def corrupted_facts(facts: Facts, origin: date, seed: int = 0) -> dict[str, Facts]:
    """The same facts with another future each: removed, on other releases, sooner with other values.

    What becomes known after the origin is the future, also that something known before it was taken back.
    """
    past = facts.until(origin)
    tomorrow = pl.lit(origin + timedelta(days=1))

    def with_future(change: Callable[[pl.DataFrame, str], pl.DataFrame]) -> Facts:
        frames = {}
        for name, known_by in KNOWN_BY.items():
            whole, known = getattr(facts, name), getattr(past, name)
            future = None if whole is None else change(whole.filter(pl.col(known_by) > origin), known_by)
            frames[name] = None if future is None else pl.concat([known, future])
        return Facts(**frames)

    return {
        "removed": with_future(lambda future, _: future.clear()),
        "on other releases": with_future(lambda future, _: future.with_columns(pl.col("unique_id").shuffle(seed))),
        "sooner and larger": with_future(
            lambda future, known_by: future.with_columns(tomorrow.alias(known_by), cs.float() * 7.3 + 1)
        ),
    }


def _bytes(column: pl.Series) -> bytes:
    if column.dtype.is_float():
        return column.fill_null(float("nan")).to_numpy().tobytes() + column.is_null().to_numpy().tobytes()
    return repr(column.to_list()).encode()


def _differing(first: pl.DataFrame, second: pl.DataFrame) -> list[str]:
    if first.columns != second.columns or first.height != second.height:
        return ["the shape of the frame"]
    return [name for name in first.columns if _bytes(first[name]) != _bytes(second[name])]


def find_leaks(compute: AtOrigin, sales: pl.DataFrame, origin: date, seed: int = 0) -> dict[str, list[str]]:
    """Per kind of future, the columns of `compute(sales, origin)` that changed with it; empty when nothing leaks."""
    if sales.filter(pl.col("ds") > origin).is_empty():
        raise ValueError(f"no sales after the origin {origin}: there is no future to corrupt; choose an earlier origin")
    truth = compute(sales, origin)
    found = {
        name: _differing(truth, compute(corrupted, origin))
        for name, corrupted in corrupted_futures(sales, origin, seed).items()
    }
    return {name: columns for name, columns in found.items() if columns}


def check_point_in_time(compute: AtOrigin, sales: pl.DataFrame, origin: date, seed: int = 0) -> None:
    """Raise LeakError naming the columns of `compute(sales, origin)` that depend on the time after the origin."""
    for future, columns in find_leaks(compute, sales, origin, seed).items():
        raise LeakError(f"with a future {future}, {', '.join(columns)} at {origin} changed: they read past the origin")


def without_last_days(sales: pl.DataFrame, origin: date, days: int = 90) -> pl.DataFrame:
    """The sales less the last `days` up to the origin: a forecast that reads recent history must change."""
    return sales.filter((pl.col("ds") <= origin - timedelta(days=days)) | (pl.col("ds") > origin))
