"""What a model under government offers, and how its losses are found at origins: the same for every such model.

A model is fitted on what was known at an origin, kept as bytes, and predicts from the bytes. `evaluate` fits it at
each past origin and scores it in the window after; `live` scores bytes that were fitted before. Origins lie on one
grid of days for all versions, so that champion and challenger have theirs in common. What does not live here: any
model, and who serves (`events`, `decision`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

import polars as pl

T = TypeVar("T")
Frames = Mapping[str, pl.DataFrame]
LOSSES = {
    "origin": pl.Date,
    "entity": pl.String,
    "segment": pl.String,
    "actual": pl.Float64,
    "loss": pl.Float64,
    "rival_loss": pl.Float64,
    "covered": pl.Float64,
}
FORMAT = "format"


class GovernedModel(Protocol):
    """A model that registers itself: its name, its simple rule, and pure functions of frames and bytes.

    Attributes:
        name: the same for all its versions.
        use: what it predicts, in a sentence, for its card.
        rival: the simple rule that it replaces, in words.
        loss: what a loss is, in words.
        window_days: length of the window that a prediction is about.
        most_origins: past origins that `evaluate` fits at.
    """

    name: str
    use: str
    rival: str
    loss: str
    window_days: int
    most_origins: int

    def days(self, frames: Frames) -> tuple[date, date] | None:
        """The first and the last day that the frames know of; None where they are empty."""
        ...

    def fit(self, frames: Frames, origin: date) -> bytes | None:
        """The model fitted on what was known at the end of the origin; None where that is nothing."""
        ...

    def score(self, artefact: bytes, frames: Frames, origin: date) -> pl.DataFrame:
        """[entity, segment, actual, loss, rival_loss, covered] of what the fit says at the origin of the window after.

        Nothing after the origin reaches the prediction.
        """
        ...


@dataclass(frozen=True)
class ServedModel:
    """The version that serves: its name as rows state it, such as `buyer_propensity-3`, and its bytes."""

    name: str
    artefact: bytes


def pack(document: Mapping[str, Any]) -> bytes:
    """A document as compressed JSON, exact for floats; no pickle, so that reading it runs no code."""
    return zlib.compress(json.dumps(dict(document), sort_keys=True).encode())


def unpack(data: bytes, wanted: int) -> dict[str, Any]:
    """The document that :func:`pack` wrote.

    >>> unpack(pack({"format": 1, "slope": 0.1}), 1)["slope"]
    0.1

    Raises:
        ValueError: the bytes are of another format.
    """
    document: dict[str, Any] = json.loads(zlib.decompress(data))
    if document.get(FORMAT) != wanted:
        raise ValueError(f"model of format {document.get(FORMAT)}, this code reads {wanted}; fit it anew")
    return document


def restored(served: ServedModel | None, read: Callable[[bytes], T]) -> tuple[T | None, str | None]:
    """The fit of the version that serves, and its name; None twice before the first, or where this code cannot read it.

    Args:
        served: the version, if there is one.
        read: makes the fit of its bytes; raises ValueError, KeyError or TypeError for bytes that it cannot read.
    """
    if served is None:
        return None, None
    try:
        return read(served.artefact), served.name
    except (ValueError, KeyError, TypeError):
        return None, None


def origins_between(first: date, last: date, days: int, most: int) -> list[date]:
    """Days on the grid whose window has ended by the last day and that have two windows before, oldest first.

    >>> [day.isoformat() for day in origins_between(date(2026, 1, 1), date(2026, 5, 20), 30, 9)]
    ['2026-03-05', '2026-04-04']
    """
    newest = (last.toordinal() - days) // days * days
    oldest = max(first.toordinal() + 2 * days, newest - (most - 1) * days)
    return [date.fromordinal(day) for day in range(newest, oldest - 1, -days)][::-1]


def matured(model: GovernedModel, frames: Frames) -> list[date]:
    """Origins of the grid whose windows have ended, oldest first."""
    span = model.days(frames)
    return [] if span is None else origins_between(*span, model.window_days, model.most_origins)


def evaluate(model: GovernedModel, frames: Frames, known: Collection[date] = ()) -> pl.DataFrame:
    """Losses of the recipe: fitted at each matured origin and scored in the window after; [LOSSES], sorted.

    Args:
        model: to fit.
        frames: its inputs; rows after an origin do not reach the fit at that origin.
        known: origins that are not needed again.
    """
    return _concat(
        model.score(artefact, frames, origin).with_columns(origin=pl.lit(origin))
        for origin in matured(model, frames)
        if origin not in known and (artefact := model.fit(frames, origin)) is not None
    )


def live(model: GovernedModel, artefact: bytes, frames: Frames, origins: Iterable[date]) -> pl.DataFrame:
    """Losses of one fit at matured origins that are not before its own; [LOSSES], sorted."""
    return _concat(model.score(artefact, frames, day).with_columns(origin=pl.lit(day)) for day in origins)


def _concat(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    found = [frame.select(pl.col(name).cast(kind) for name, kind in LOSSES.items()) for frame in frames]
    return pl.concat([pl.DataFrame(schema=LOSSES), *found]).sort("origin", "entity")
