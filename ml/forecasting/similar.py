"""Which releases are like a release: the closest of those that had been announced, and come out, before it.

A list that looks only back never changes when later releases come in, so that every origin sees the same one.
Closeness is that of `int_similar_release` as far as the catalogue's first word goes: 3 for the same artist, 2 for the
same label, 1 for the same genre, 1 / (1 + years between the release dates).

Belongs here: the choice. Does not belong here: what is made of the neighbours' sales (features.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats, Ints

NEIGHBOURS = 5
LOOKED_AT = 2_000  # releases before a release, the latest first: a whole catalogue would cost its square
AT_ONCE = 256
WEIGHTS = {"artist_id": 3.0, "label_id": 2.0, "genre": 1.0}
NEVER = -1


def similar_releases(catalogue: pl.DataFrame, ids: pl.Series) -> Ints:
    """The numbers in `ids` of the releases most like each of `ids`, shaped (len(ids), 5), closest first; -1 for none.

    Only releases that share artist, label or genre, with an earlier release date, and stated no later.
    """
    dated = (
        catalogue.filter(pl.col("release_date").is_not_null())
        .with_columns(
            day=pl.col("release_date").to_physical(), stated=pl.col("known_from").to_physical().fill_null(-(10**6))
        )
        .sort("day", "unique_id")
    )
    result = np.full((len(ids), NEIGHBOURS), NEVER, dtype=np.int64)
    if dated.height < 2:
        return result
    number = dict(zip(ids, range(len(ids)), strict=True))
    place = np.array([number.get(name, NEVER) for name in dated["unique_id"]], dtype=np.int64)
    codes = {c: dated[c].rank("dense").fill_null(0).to_numpy().astype(np.int64) for c in WEIGHTS}
    day, stated = (dated[c].to_numpy().astype(np.int64) for c in ("day", "stated"))
    for first in range(0, dated.height, AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, dated.height))
        rows = rows[place[rows] != NEVER]
        others = np.arange(max(0, first - LOOKED_AT), min(first + AT_ONCE, dated.height))
        if len(rows):
            closeness = _closeness(codes, day, stated, rows, others)
            best = np.argsort(-closeness, axis=1, kind="stable")[:, :NEIGHBOURS]
            found = np.where(np.take_along_axis(closeness, best, axis=1) > 0, place[others[best]], NEVER)
            result[place[rows], : found.shape[1]] = found
    return result


def _closeness(codes: dict[str, Ints], day: Ints, stated: Ints, rows: Ints, others: Ints) -> Floats:
    """Closeness shaped (rows, others); 0 where nothing is shared or the other is no earlier release."""
    shared = np.zeros((len(rows), len(others)))
    for column, weight in WEIGHTS.items():
        mine, theirs = codes[column][rows][:, None], codes[column][others][None, :]
        shared += weight * ((mine == theirs) & (mine > 0))
    apart = (day[rows][:, None] - day[others][None, :]) / 365.0
    earlier = (apart > 0) & (stated[others][None, :] <= stated[rows][:, None])
    return np.where(earlier & (shared > 0), shared + 1 / (1 + np.abs(apart)), 0.0)
