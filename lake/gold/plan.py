"""Which months of which gold table a build rewrites: a pure function of what has moved since each was written.

A model's commit says which versions it read. What has come or gone in those tables since, in which partitions, is
looked up in :mod:`lake.gold.build`; here it becomes one step per model: skip, some months, or all of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from lake.gold.models import ModelSpec
from lake.gold.rebuild import Asked

Mode = Literal["skip", "partitions", "full"]


@dataclass(frozen=True)
class Stored:
    """What a model's table says about its own making; ``code`` is None when no build has finished it."""

    code: int | None = None
    reads: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Moved:
    """What has changed in one source since a model read it: these months, or (None) anything, and why."""

    months: frozenset[dt.date] | None = frozenset()
    reason: str = ""


@dataclass(frozen=True)
class Step:
    """What a build does with one model."""

    mode: Mode
    reason: str
    months: tuple[dt.date, ...] = ()


def plan(
    models: Sequence[ModelSpec],
    stored: Mapping[str, Stored],
    moved: Mapping[tuple[str, str], Moved],
    asked: Asked | None = None,
) -> dict[str, Step]:
    """One step for each model.

    Args:
        models: the models to build, parents before children.
        stored: by model name.
        moved: by model name and source; a source that stands still may be left out.
        asked: what is rebuilt although nothing has moved; months concern the tables that have months.
    """
    steps: dict[str, Step] = {}
    for model in models:
        changes = [moved.get((model.name, source), Moved()) for source in model.sources]
        changes += [_will_move(steps[key]) for source in model.sources if (key := _name(source)) in steps]
        steps[model.name] = _step(model, stored.get(model.name, Stored()), changes, asked)
    return steps


def month_before(month: dt.date, count: int) -> dt.date:
    """The first day of the month ``count`` months before; the first or the last month there is where it lies beyond."""
    years, months = divmod(month.year * 12 + month.month - 1 - count, 12)
    if years < dt.MINYEAR:
        return dt.date.min
    return dt.date(years, months + 1, 1) if years <= dt.MAXYEAR else dt.date.max.replace(day=1)


def _step(model: ModelSpec, stored: Stored, changes: Sequence[Moved], asked: Asked | None) -> Step:
    if stored.code is None:
        return Step("full", "first build")
    if stored.code != model.code:
        return Step("full", "its SQL, or the house currency, has changed")
    for change in changes:
        if change.months is None:
            return Step("full", change.reason)
    if asked and asked.months is None:
        return Step("full", asked.reason)
    months = {month for change in changes for month in change.months or ()}
    if months and model.partition_by is None:
        return Step("full", "a source has changed, and the table has no months")
    requested = {month_before(month, back) for month in months for back in range(model.months_before + 1)}
    reason = "sources have changed in these months"
    if asked and asked.months and model.partition_by:
        requested |= asked.months
        reason = asked.reason
    if not requested:
        return Step("skip", "no source has changed")
    return Step("partitions", reason, tuple(sorted(requested)))


def _will_move(parent: Step) -> Moved:
    """What a parent's own step in this build will change for its child."""
    if parent.mode == "full":
        return Moved(None, f"a table it reads is rebuilt whole ({parent.reason})")
    return Moved(frozenset(parent.months))


def _name(source: str) -> str:
    layer, _, name = source.partition("/")
    return name if layer == "gold" else ""
