"""Columns beside `y`: numbers of words, no holes, and whether a column is known after the origin.

Belongs here: a covariate's way into the panel. Does not belong here: what the model makes of it (features.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ml.evaluation.arrays import Bools, Floats, Ints
from ml.series.frequency import Frequency, SeriesError
from ml.series.panel import Covariate


def join_future(ahead: pl.DataFrame, future: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Rows after the origins with the columns of `future` in place of their own."""
    given = [name for name in names if name in future.columns]
    keys = ["unique_id", "step", "series", "end"]
    if not given:
        return ahead
    kept = ahead.select(*keys, *(name for name in names if name not in given))
    return kept.join(future.select(*keys, *given), on=keys, how="full", coalesce=True)


def laid_out(
    name: str, past: pl.DataFrame, place: Ints, offset: Ints, ahead: pl.DataFrame, beyond: Beyond
) -> Covariate:
    """The column beside the values and what is known of it after the origins; raises SeriesError where it has holes."""
    before, after = _numbers(name, past, ahead)
    _no_holes(name, past, before)
    known = beyond.of(name, after)
    flat = np.full(offset[-1], np.nan)
    flat[place] = before
    return _joined(flat, offset, known)


def _joined(flat: Floats, offset: Ints, known: Floats | None) -> Covariate:
    if known is None:
        return Covariate(flat, offset, is_known_ahead=False)
    n, ahead = known.shape
    longer = offset + np.arange(n + 1) * ahead
    values = np.empty(longer[-1])
    is_ahead = np.zeros(longer[-1], dtype=np.bool_)
    is_ahead[(longer[1:, None] - ahead + np.arange(ahead)).ravel()] = True
    values[~is_ahead], values[is_ahead] = flat, known.ravel()
    return Covariate(values, longer, is_known_ahead=True)


def _numbers(name: str, past: pl.DataFrame, ahead: pl.DataFrame) -> tuple[Floats, Floats]:
    """A covariate as numbers: words are numbered in their order; one that the past lacks counts as its commonest."""
    before, after = past[name], ahead[name]
    for kind in (before.dtype, after.dtype):
        if not (_is_number(kind) or _is_word(kind)):
            raise SeriesError(
                f"column {name!r} is {kind}: a covariate is a number, a truth value or a word; drop or cast it"
            )
    if _is_word(before.dtype) or _is_word(after.dtype):
        return _numbered_words(name, before, after)
    found = [one.cast(pl.Float64).fill_nan(None).fill_null(float("nan")).to_numpy() for one in (before, after)]
    for values, rows in zip(found, (past, ahead), strict=True):
        if (wild := np.flatnonzero(np.isinf(values))).size:
            series = rows.row(int(wild[0]), named=True)["unique_id"]
            raise SeriesError(f"column {name!r} is infinite in series {series!r}; mend the row or drop the column")
    return found[0], found[1]


def _is_number(kind: pl.DataType) -> bool:
    return kind.is_numeric() or kind in (pl.Boolean, pl.Null)


def _is_word(kind: pl.DataType) -> bool:
    return kind in (pl.String, pl.Categorical, pl.Enum)


def _numbered_words(name: str, before: pl.Series, after: pl.Series) -> tuple[Floats, Floats]:
    for one, other, where in ((before, after, "up to the origin"), (after, before, "after it")):
        if one.count() and other.count() and not _is_word(one.dtype):
            raise SeriesError(
                f"column {name!r} has numbers {where} ({one.drop_nulls()[0]}) and words on the other side"
                f" ({other.drop_nulls()[0]!r}); write both alike"
            )
    words = before.cast(pl.String).drop_nulls().unique().sort().to_list()
    texts = after.cast(pl.String)
    alike = {word.strip().lower(): word for word in words}
    for text in texts.drop_nulls().unique().sort().to_list():
        if text not in words and (meant := alike.get(text.strip().lower())):
            raise SeriesError(
                f"column {name!r} has {text!r} after the origin and {meant!r} before it; write both alike"
            )
    numbers = pl.DataFrame({"word": pl.Series(words, dtype=pl.String), "number": np.arange(1.0, len(words) + 1)})
    usual = numbers.filter(pl.col("word") == _commonest(before))["number"].to_list()
    found = [
        one.cast(pl.String).to_frame("word").join(numbers, on="word", how="left", maintain_order="left")
        for one in (before, after)
    ]
    stated = pl.when(pl.col("word").is_not_null()).then(pl.col("number").fill_null(usual[0] if usual else None))
    before_numbers, after_numbers = (one.select(stated.fill_null(float("nan")))["number"].to_numpy() for one in found)
    return before_numbers, after_numbers


def _commonest(words: pl.Series) -> str | None:
    counted = (
        words.cast(pl.String).drop_nulls().value_counts(sort=False).sort("count", words.name, descending=[True, False])
    )
    return str(counted[words.name][0]) if len(counted) else None


def unseen_words(name: str, past: pl.DataFrame, ahead: pl.DataFrame) -> list[str]:
    """What is said of words of a column that are known ahead and that its past lacks."""
    if not (_is_word(past.schema[name]) and _is_word(ahead.schema[name])):
        return []
    known = set(past[name].cast(pl.String).to_list())
    unseen = sorted(set(ahead[name].cast(pl.String).drop_nulls().to_list()) - known)
    return [
        f"column {name!r} has {word!r} after the origin only; it counts as {_commonest(past[name])!r}"
        for word in unseen
    ]


def _no_holes(name: str, past: pl.DataFrame, values: Floats) -> None:
    holes: Bools = np.isnan(values)
    if holes.any():
        row = past.filter(pl.Series(holes)).sort("unique_id", "ds").row(0, named=True)
        raise SeriesError(
            f"column {name!r} has no value on {row['ds']} (series {row['unique_id']!r}), {int(holes.sum()):,} such rows"
            " up to the origin; fill it on every row or drop the column"
        )


class Beyond:
    """What stands after the origins: where each row lies, and whether a column is known on all steps, or on none."""

    def __init__(self, ends: pl.DataFrame, ahead: pl.DataFrame, longest: int, frequency: Frequency) -> None:
        self._ends, self._longest, self._frequency = ends, longest, frequency
        self._series = ahead["series"].to_numpy().astype(np.int64)
        self._step = (ahead["step"] - ahead["end"]).to_numpy().astype(np.int64)

    def of(self, name: str, after: Floats) -> Floats | None:
        """Values (series, steps) of a column; None where it is not known ahead at all."""
        known = np.full((len(self._ends), self._longest), np.nan)
        near = self._step <= self._longest
        known[self._series[near], self._step[near] - 1] = after[near]
        holes = np.isnan(known)
        if holes.all():
            return None
        if holes.any():
            series, step = np.argwhere(holes)[0]
            row = self._ends.row(int(series), named=True)
            date = self._frequency.dates(np.array([row["end"] + step + 1], dtype=np.int64))[0]
            raise SeriesError(
                f"column {name!r} is known after the origin, but not on {date} (series {row['unique_id']!r}); give it"
                f" for all {self._longest} steps of every series, or for none"
            )
        return known
