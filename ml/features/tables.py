"""The table of features by release, from frames as the lake gives them.

Belongs here: which origins are computed, and features of sales and outside side by side. Does not belong here: a
feature (releases.py, outside.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ml.features.outside import outside_features
from ml.features.releases import feature_rows
from ml.forecasting.backtest import origins_every
from ml.forecasting.facts import known_facts
from ml.forecasting.forecaster import default_settings, open_history


def release_rows(
    sales: pl.DataFrame,
    catalogue: pl.DataFrame,
    outside: pl.DataFrame,
    kept: Sequence[date],
    threads: int,
    **facts: pl.DataFrame,
) -> pl.DataFrame | str:
    """[release_id, origin, …] at the newest day, and at the origins of the backtest where none is kept.

    Args:
        sales: gross sales by day [unique_id, ds, y, revenue].
        catalogue: as `open_history` takes it.
        outside: dated facts, as `outside_features` takes them.
        kept: origins that stand; they stay as they are, but for the newest day.
        threads: how many the history may use.
        facts: as `known_facts` takes them.
    """
    if sales.is_empty():
        return "no sales yet"
    first, last = sales["ds"].sort().gather([0, -1]).to_list()
    origins = [last] if kept else sorted({*origins_every(first, last), last})
    known = known_facts(**facts).until(last)
    history = open_history(sales, catalogue, default_settings(num_threads=threads), known)
    rows = feature_rows(history, origins).rename({"unique_id": "release_id"})
    parts = []
    for (origin,), some in rows.partition_by("origin", as_dict=True, maintain_order=True).items():
        found = outside_features(some.select("release_id", "list_price"), outside, origin)
        parts.append(some.join(found, on="release_id", how="left", maintain_order="left"))
    numbers = pl.col(pl.Float64)
    return pl.concat(parts).with_columns(pl.when(numbers.is_finite()).then(numbers))
