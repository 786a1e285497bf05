"""Rows of who bought what as sparse matrices.

Input columns: `user_id, item_id, weight` and, where it is known, `ds` (date, datetime or whole number). Rows of one
user and item add up. A pair whose weights add up to zero or less (bought and returned) teaches nothing, but the user
has seen the item.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from ml.buyers.recommenders.base import Floats, Ints


class InteractionsError(ValueError):
    """The rows cannot be used; the message names column, row and rule."""


@dataclass(frozen=True)
class Form:
    """How weights enter a matrix: every pair alike, or the logarithm over the user's mean; old rows may count for less.

    `half_life` is in units of `ds` (days for dates): a row that old counts half.
    """

    is_log: bool = True
    half_life: float | None = None

    @property
    def name(self) -> str:
        """A short description for tables of results."""
        text = "log weights" if self.is_log else "presence"
        return text if self.half_life is None else f"{text}, half-life {self.half_life:.0f}"


@dataclass(frozen=True)
class Interactions:
    """Rows with users and items numbered in the order of their ids; `time` counts from the first row."""

    users: pl.Series
    items: pl.Series
    user: Ints
    item: Ints
    weight: Floats
    time: Floats | None

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> Interactions:
        """Check and number the rows.

        Raises:
            InteractionsError: a column is missing, empty in some row, or not a finite number.
        """
        checked = _checked(frame)
        users, items = checked["user_id"].unique().sort(), checked["item_id"].unique().sort()
        numbers = checked.select(
            pl.col("user_id").cast(pl.Enum(users)).to_physical().cast(pl.Int64),
            pl.col("item_id").cast(pl.Enum(items)).to_physical().cast(pl.Int64),
        )
        time = _time(checked["ds"]) if "ds" in checked.columns else None
        user, item = numbers["user_id"].to_numpy(), numbers["item_id"].to_numpy()
        return cls(users, items, user, item, checked["weight"].to_numpy().astype(np.float32), time)

    @property
    def shape(self) -> tuple[int, int]:
        """Users and items."""
        return len(self.users), len(self.items)

    def matrix(self, form: Form, keep: Any = None) -> Any:
        """Return a CSR matrix of the rows kept; only pairs with a positive sum have an entry."""
        rows = np.flatnonzero(keep) if keep is not None else slice(None)
        found = self._summed(self.weight[rows], rows)
        found.data[found.data < 0] = 0
        found.eliminate_zeros()
        found.data = _over_mean(np.log1p(found.data), found.indptr) if form.is_log else np.ones_like(found.data)
        if form.half_life is None or self.time is None:
            return found
        return found.multiply(self._freshness(rows, form.half_life)).tocsr().astype(np.float32)

    def _freshness(self, rows: Any, half_life: float) -> Any:
        """Return 0.5 to the power of each pair's age in half-lives, counted from its newest row."""
        from scipy import sparse

        assert self.time is not None
        order = np.argsort(self.time[rows], kind="stable")
        user, item, time = self.user[rows][order], self.item[rows][order], self.time[rows][order]
        pair = user * len(self.items) + item
        _, place = np.unique(pair[::-1], return_index=True)  # the first from behind is the newest
        newest = len(pair) - 1 - place
        age = float(time.max(initial=0.0)) - time[newest]
        values = np.exp2(-age / half_life).astype(np.float32)
        return sparse.csr_matrix((values, (user[newest], item[newest])), shape=self.shape)

    @cached_property
    def seen(self) -> Any:
        """CSR matrix of all pairs, whatever their weight."""
        return self._summed(np.ones(len(self.user), dtype=np.float32), slice(None))

    def _summed(self, values: Floats, rows: Any) -> Any:
        from scipy import sparse

        return sparse.csr_matrix((values, (self.user[rows], self.item[rows])), shape=self.shape, dtype=np.float32)


def _over_mean(values: Floats, bounds: Any) -> Floats:
    """Divide each user's values by their mean, so that a user who buys a lot does not outweigh the others."""
    counts = np.diff(bounds)
    sums = np.add.reduceat(np.append(values, np.float32(0)), bounds[:-1]) if len(counts) else np.empty(0)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), 1.0)
    found: Floats = (values / np.repeat(means, counts)).astype(np.float32)
    return found


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    names = ["user_id", "item_id", "weight"]
    if missing := [name for name in names if name not in frame.columns]:
        raise InteractionsError(f"column {missing[0]} is missing; needed are user_id, item_id, weight, and ds if known")
    if frame.is_empty():
        raise InteractionsError("there are no rows; one row per purchase with user_id, item_id, weight is needed")
    names += ["ds"] if "ds" in frame.columns and frame["ds"].null_count() < frame.height else []
    typed = frame.select(
        pl.col(name).cast(pl.Float64, strict=False) if name == "weight" else pl.col(name) for name in names
    ).with_columns(pl.col("user_id", "item_id").cast(pl.String))
    for name in names:
        wrong = typed[name].is_null() if name != "weight" else ~typed[name].is_finite().fill_null(False)
        if wrong.any():
            rule = "a finite number is needed" if name == "weight" else "every row needs a value"
            first = int(wrong.arg_max() or 0)
            raise InteractionsError(f"row {first + 1}: {name} is {frame[name][first]!r}; {rule}")
    return typed


def _time(ds: pl.Series) -> Floats:
    """Return days (dates, datetimes) or steps (numbers) since the first row."""
    if ds.dtype.is_temporal():
        days = ds.cast(pl.Datetime("us")).dt.epoch("us").to_numpy().astype(np.float64) / 86_400_000_000
    else:
        days = ds.cast(pl.Float64).to_numpy()
    found: Floats = (days - days.min()).astype(np.float32)
    return found
