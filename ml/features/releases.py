"""The forecast's features as a table: what each is, and their values at several origins.

Belongs here: names, words and rows. Does not belong here: how a feature is computed (ml/forecasting/features.py), of
which nothing is repeated here.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import date

import polars as pl

from ml.forecasting.catalogue import align_catalogue
from ml.forecasting.features import FAMILIES, features_at
from ml.forecasting.history import History
from ml.forecasting.panel import build_panel

# Names do not depend on the data, so one sale shows all of them.
ONE_SALE = {"unique_id": ["R"], "ds": [date(2024, 1, 1)], "y": [1.0], "revenue": [1.0]}


def feature_words() -> dict[str, str]:
    """Every feature, in order, with what its family says of itself."""
    panel = build_panel(pl.DataFrame(ONE_SALE))
    catalogue = align_catalogue(panel, None)
    return {
        name: _words(family.__doc__ or family.__name__) for family in FAMILIES for name in family(panel, catalogue, 0)
    }


def _words(docstring: str) -> str:
    first = inspect.cleandoc(docstring).split("\n\n")[0]
    return " ".join(first.split()).rstrip(".")


def feature_rows(history: History, origins: Sequence[date]) -> pl.DataFrame:
    """[unique_id, origin, …]: a row per origin and series with a row of sales up to it; null where one does not exist.

    Nothing after an origin is read for it.
    """
    panel = history.panel
    frames = []
    for origin in origins:
        day = panel.day_of(origin)
        values = features_at(panel, history.catalogue, day)
        columns = {name: pl.Series(name, column).fill_nan(None) for name, column in values.items()}
        frame = pl.DataFrame({"unique_id": panel.ids, "origin": [origin] * panel.n_series, **columns})
        frames.append(frame.filter(pl.Series(panel.has_row(0, day))))
    return pl.concat(frames)
