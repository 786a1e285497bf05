"""Training sets: beside each entity and moment, the features as they were known then.

Belongs here: the join. Does not belong here: which tables are joined, and where they lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

ROW, EFFECTIVE = "__row", "__effective"


def as_of_join(
    entities: pl.DataFrame,
    features: pl.DataFrame,
    *,
    on: Sequence[str],
    at: str,
    valid_from: str = "valid_from",
    known_at: str | None = None,
    max_age: timedelta | None = None,
) -> pl.DataFrame:
    """The entity rows, all of them and in their order, with the columns of the feature row that held at `at`.

    Of the rows of an entity that hold (`valid_from <= at`) and are known (`known_at <= at`) the one with the latest
    `valid_from` is taken; of several such rows the one known last, then the one that stands last in `features`. Where
    there is none, or it began to hold more than `max_age` before `at`, the features are null; exactly `max_age` is not
    too old. An older row never stands in for one that is too old.

    Args:
        entities: any rows, [*on, at, …]; a null in `on` or `at` matches nothing.
        features: [*on, valid_from, …] in any order. What stands beside the keys and the two moments is a feature.
        on: the columns that name the entity.
        at: the moment of the entity row, a Date or a Datetime, of the type of `valid_from`.
        valid_from: since when a feature row holds.
        known_at: when a feature row became known, where that can be later; such a row is never seen earlier.
        max_age: how old what holds may be.

    Raises:
        ValueError: a column is missing, of another type, or stands in both frames; a feature row has no key or moment.
    """
    moments = [valid_from, *([known_at] if known_at is not None else [])]
    _check(entities, features, on, at, moments)
    named = [name for name in features.columns if name not in (*on, *moments)]
    left = entities.lazy().select(*on, at).with_row_index(ROW).drop_nulls([*on, at]).sort(at)
    found = left.join_asof(
        _timeline(features.lazy(), on, valid_from, known_at),
        left_on=at,
        right_on=EFFECTIVE,
        by=list(on),
        strategy="backward",
        check_sortedness=False,
    )
    if max_age is not None:
        young = pl.col(at) - pl.col(valid_from) <= max_age
        found = found.with_columns(pl.when(young).then(pl.col(name)).alias(name) for name in named)
    beside = found.select(ROW, *named).collect()
    if beside.height < entities.height:
        every = pl.select(pl.int_range(entities.height, dtype=pl.UInt32).alias(ROW))
        beside = every.join(beside, on=ROW, how="left")
    return pl.concat([entities, beside.sort(ROW).drop(ROW)], how="horizontal")


def _timeline(features: pl.LazyFrame, on: Sequence[str], valid_from: str, known_at: str | None) -> pl.LazyFrame:
    """The feature rows from the moment on that each can be seen, less those that are overtaken before that."""
    if known_at is None:
        return features.with_columns(pl.col(valid_from).alias(EFFECTIVE)).sort(EFFECTIVE, maintain_order=True)
    seen = features.with_columns(pl.max_horizontal(valid_from, known_at).alias(EFFECTIVE))
    ordered = seen.sort(EFFECTIVE, valid_from, known_at, maintain_order=True)
    newest = pl.col(valid_from).cum_max().over(on)
    return ordered.filter(pl.col(valid_from) == newest).drop(known_at)


def _check(entities: pl.DataFrame, features: pl.DataFrame, on: Sequence[str], at: str, moments: Sequence[str]) -> None:
    for what, frame, needed in (("entities", entities, (*on, at)), ("features", features, (*on, *moments))):
        if missing := [name for name in needed if name not in frame.columns]:
            raise ValueError(f"{what}: column {missing[0]!r} is missing; there are {', '.join(frame.columns)}")
    _check_types(entities, features, on, at, moments)
    if both := [name for name in features.columns if name not in (*on, *moments) and name in entities.columns]:
        raise ValueError(f"{', '.join(both)}: in the entities and in the features; rename or drop them on one side")
    for name in (*on, *moments):
        if empty := features[name].null_count():
            raise ValueError(f"features: {empty} of {features.height} rows have no {name}; fill or drop them")


def _check_types(
    entities: pl.DataFrame, features: pl.DataFrame, on: Sequence[str], at: str, moments: Sequence[str]
) -> None:
    for name in on:
        if entities.schema[name] != features.schema[name]:
            raise ValueError(
                f"{name}: {entities.schema[name]} in the entities and {features.schema[name]} in the features; cast one"
            )
    moment = entities.schema[at]
    if not (moment == pl.Date or isinstance(moment, pl.Datetime)):
        raise ValueError(f"entities: {at} is {moment}; a Date or a Datetime is needed")
    for name in moments:
        if features.schema[name] != moment:
            raise ValueError(f"features: {name} is {features.schema[name]}, {at} is {moment}; cast one to the other")
