"""Pairs of buyer and release that are never offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Pairs = Sequence[tuple[str | None, str | None]]


class Blocked:
    """Blocked pairs of numbered users and items; None in a pair stands for all.

    >>> blocked = Blocked([("a", "x"), (None, "y")], pl.Series(["a", "b"]), pl.Series(["x", "y", "z"]))
    >>> blocked.holds(np.array([0, 1, 1]), np.array([0, 0, 1])).tolist()
    [True, False, True]
    """

    def __init__(self, pairs: Pairs, users: pl.Series, items: pl.Series) -> None:
        self._shape = len(users), len(items)
        user = {name: place for place, name in enumerate(users)}
        item = {name: place for place, name in enumerate(items)}
        self._users = {user[one] for one, other in pairs if other is None and one in user}
        self._items = {item[other] for one, other in pairs if one is None and other in item}
        self._pairs = {(user[one], item[other]) for one, other in pairs if one in user and other in item}

    def holds(self, user: Ints, item: Ints) -> npt.NDArray[np.bool_]:
        """Return whether each pair is blocked."""
        keys = np.array([one * self._shape[1] + other for one, other in self._pairs], dtype=np.int64)
        whole = np.isin(user, list(self._users)) | np.isin(item, list(self._items))
        return np.asarray(whole | np.isin(user * self._shape[1] + item, keys))

    def matrix(self) -> Any:
        """Return a CSR matrix of users x items with an entry for each blocked pair."""
        from scipy import sparse

        pairs = set(self._pairs)
        pairs |= {(one, other) for one in self._users for other in range(self._shape[1])}
        pairs |= {(one, other) for one in range(self._shape[0]) for other in self._items}
        rows, columns = zip(*sorted(pairs), strict=True) if pairs else ((), ())
        return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=self._shape)
