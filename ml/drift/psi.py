"""Population stability index of each feature between a reference and now.

PSI = sum over bins of (now - reference) log(now / reference), shares by ten quantile bins of the reference, with a bin
of their own for nulls; a feature of at most ten values has a bin for each (Yurdakul and Naranjo 2020, "Statistical
properties of the population stability index"). Above .25 the shift is called large.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

BINS = 10
FLOOR = 1e-4  # share of an empty bin
LARGE = 0.25
LEAST_ROWS = 100


def psi(reference: pl.Series, now: pl.Series) -> float | None:
    """The index of one numeric feature; None with fewer than 100 rows on either side."""
    if len(reference) < LEAST_ROWS or len(now) < LEAST_ROWS:
        return None
    old, new = (one.cast(pl.Float64).fill_nan(None) for one in (reference, now))
    edges = _edges(old.drop_nulls().to_numpy())
    shares = [np.maximum(_shares(one, edges), FLOOR) for one in (old, new)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inner edges: between the values where they are few, else the deciles."""
    distinct = np.unique(values)
    if len(distinct) <= BINS:
        return (distinct[1:] + distinct[:-1]) / 2
    return np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))


def _shares(values: pl.Series, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    known = values.drop_nulls().to_numpy()
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    whole: NDArray[np.float64] = np.append(counts, values.null_count()) / len(values)
    return whole


def drift(reference: pl.DataFrame, now: pl.DataFrame, features: list[str]) -> pl.DataFrame:
    """[feature, psi, is_large] of each feature that both frames have enough rows of."""
    found = [(name, psi(reference[name], now[name])) for name in features]
    rows = [(name, value, value > LARGE) for name, value in found if value is not None]
    schema = {"feature": pl.String, "psi": pl.Float64, "is_large": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def drift_report(champion: pl.DataFrame, features: pl.DataFrame, leave_out: Sequence[str]) -> pl.DataFrame:
    """[model, origin, feature, version, psi, is_large] of the newest origin against the origins up to the fit.

    Args:
        champion: one row [model, version, fitted_at], or none where nothing serves yet.
        features: [release_id, origin, one column per feature] at the newest origin and in the year up to the fit.
        leave_out: features that are not compared.
    """
    schema = {"model": pl.String, "origin": pl.Date, "feature": pl.String, "version": pl.Int64}
    empty = pl.DataFrame(schema=schema | {"psi": pl.Float64, "is_large": pl.Boolean})
    if champion.is_empty() or features.is_empty():
        return empty
    model, version, fitted_at = champion.row(0)
    newest = features["origin"].max()
    reference = features.filter((pl.col("origin") <= fitted_at) & (pl.col("origin") != newest))
    names = [name for name in features.columns if name not in ("release_id", "origin", *leave_out)]
    found = drift(reference, features.filter(pl.col("origin") == newest), names)
    named = found.with_columns(model=pl.lit(model), origin=pl.lit(newest), version=pl.lit(version, pl.Int64))
    return named.select(empty.columns)
