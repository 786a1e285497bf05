"""The model registry: versions and promotions, in Delta tables of the lake.

How to put a model under governance: fit it, compute its backtest losses per entity and origin beside those of the
simple rule it replaces, and call `Registry.submit` with a `Candidate`. The first version serves at once; a newer fit of
the champion's own recipe replaces it; any other recipe becomes the challenger and serves only when it is promoted.
`Registry.champion` and `Registry.artefact` give what to predict with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from lake.journals.models import LOSSES_KEY, MODEL_ARTEFACTS, MODEL_LOSSES, MODEL_VERSIONS, PROMOTIONS
from ml.promotion.candidate import Candidate, version_row
from ml.promotion.events import (
    PromotionError,
    Served,
    State,
    next_event,
    of_model,
    rollback_target,
    rolled_back_from,
    state_of,
)
from ml.promotion.events import served_on as served_on_day
from resources.settings import PROJECT_ROOT

if TYPE_CHECKING:
    import polars as pl

    from lake.lakehouse import Lake
    from ml.promotion.governed import ServedModel

Row = dict[str, Any]
STORED = f"{MODEL_ARTEFACTS.layer}/{MODEL_ARTEFACTS.name}"


@cache
def lock_sha256() -> str:
    """SHA-256 of the core lock."""
    return sha256((PROJECT_ROOT / "requirements" / "core.txt").read_bytes()).hexdigest()


class Registry:
    """Versions, promotions and losses of a lake's models."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def versions(self, model: str | None = None) -> list[Row]:
        """Registered versions, of one model or of all, in order."""
        rows = [row for row in self.lake.journal(MODEL_VERSIONS).rows() if model in (None, row["model"])]
        return sorted(rows, key=lambda row: (row["model"], row["version"]))

    def version(self, model: str, version: int) -> Row:
        """One version; PromotionError where it is not registered."""
        found = self.versions(model)
        for row in found:
            if row["version"] == version:
                return row
        known = ", ".join(str(row["version"]) for row in found) or "none"
        raise PromotionError(f"{model} has no version {version}; registered: {known}")

    def events(self, model: str | None = None) -> list[Row]:
        """Events, of one model or of all, in order."""
        rows = self.lake.journal(PROMOTIONS).rows()
        names = sorted({row["model"] for row in rows}) if model is None else [model]
        return [row for name in names for row in of_model(rows, name)]

    def state(self, model: str) -> State:
        """Who holds which alias now."""
        return state_of(self.events(model), model)

    def champion(self, model: str) -> Row | None:
        """The version that serves now; None before the first."""
        version = self.state(model).champion
        return None if version is None else self.version(model, version)

    def served(self, model: str) -> ServedModel | None:
        """What predicts now, with its bytes; None before the first version."""
        from ml.promotion.governed import ServedModel

        row = self.champion(model)
        return None if row is None else ServedModel(f"{model}-{row['version']}", self.artefact(row))

    def served_on(self, model: str, day: dt.date) -> list[Served]:
        """The versions that served on a day (UTC), in order."""
        return served_on_day(self.events(model), model, day)

    def artefact(self, row: Mapping[str, Any]) -> bytes:
        """The bytes of a version, checked against its hash."""
        place, _, key = str(row["artefact"]).partition("?")
        if place == STORED:
            query, given = "select content from journal where sha256 = $key", {"key": row["artefact_sha256"]}
            found = self.lake.journal(MODEL_ARTEFACTS).select(query, given)
        else:
            named = dict(part.split("=", 1) for part in key.split("&"))
            con = self.lake.connect({place: self.lake.versions()[place]})
            where = " and ".join(f"{name}::varchar = ?" for name in named)
            found = con.execute(
                f"select model from {place.replace('/', '.')} where {where}", [*named.values()]
            ).fetchall()
        for (content,) in found:
            if sha256(content).hexdigest() == row["artefact_sha256"]:
                return bytes(content)
        raise PromotionError(f"{row['model']} version {row['version']}: its artefact is not at {row['artefact']}")

    def register(self, candidate: Candidate, run_id: str, now: dt.datetime | None = None) -> Row:
        """Record the version, once per recipe, origin and artefact; the row."""
        digest = sha256(candidate.artefact).hexdigest()
        at = now or dt.datetime.now(dt.UTC)
        location = candidate.location
        if location is None:
            stored = {"sha256": digest, "content": candidate.artefact, "stored_at": at}
            self.lake.journal(MODEL_ARTEFACTS).note_new([stored])
            location = f"{STORED}?sha256={digest}"
        row = version_row(candidate, location, lock_sha256(), run_id, at)
        identity = ("model", "recipe", "origin", "artefact_sha256")
        found: list[Row] = []

        def added(rows: list[Row]) -> list[Row]:
            found[:] = [old for old in rows if all(old[name] == row[name] for name in identity)]
            if found:
                return rows
            number = max((old["version"] for old in rows if old["model"] == candidate.model), default=0) + 1
            found[:] = [row | {"version": number}]
            return [*rows, found[0]]

        self.lake.journal(MODEL_VERSIONS).revise(added)
        if candidate.losses is not None:
            self.store_losses(candidate.model, candidate.recipe, candidate.losses)
        return found[0]

    def submit(self, candidate: Candidate, run_id: str, now: dt.datetime | None = None) -> Row:
        """Register the version and give it the alias that it may have without a review; the row."""
        row = self.register(candidate, run_id, now)
        state, model, version = self.state(candidate.model), candidate.model, int(row["version"])
        if version in (state.champion, state.challenger):
            return row
        champion = None if state.champion is None else self.version(model, state.champion)
        if champion is None:
            self.record(model, "first", version, by="rule", why="no version served before", at=now)
        elif row["recipe"] == champion["recipe"]:
            if row["origin"] > champion["origin"] and version not in rolled_back_from(self.events(model), model):
                why = f"same recipe as version {champion['version']}, fitted on data to {row['origin']}"
                self.record(model, "refit", version, by="rule", why=why, at=now)
        elif version > (state.challenger or 0) and not self._is_discarded(row):
            why = f"code or parameters differ from those of the champion, version {champion['version']}"
            before = None if state.challenger is None else self.version(model, state.challenger)
            share = state.share if before is not None and before["recipe"] == row["recipe"] else 0.0
            self.record(model, "challenge", version, by="rule", why=why, at=now, share=share)
        return row

    def _is_discarded(self, row: Row) -> bool:
        """Whether a review has discarded the recipe, or a rollback has removed it."""
        events = self.events(row["model"])
        removed = rolled_back_from(events, row["model"])
        ended = {one["recipe"] for one in events if one["event"] == "discard"}
        return row["recipe"] in ended | {one["recipe"] for one in events if one["version"] in removed}

    def record(
        self,
        model: str,
        event: str,
        version: int,
        *,
        by: str,
        why: str,
        at: dt.datetime | None = None,
        report: str | None = None,
        share: float | None = None,
    ) -> int:
        """Append one event in one commit; the version of `promotions` that holds it."""
        recipe, moment = str(self.version(model, version)["recipe"]), at or dt.datetime.now(dt.UTC)

        def added(rows: list[Row]) -> list[Row]:
            given: dict[str, Any] = {"by": by, "why": why, "at": moment, "report": report, "share": share}
            return [*rows, next_event(rows, model, event, version, recipe, **given)]

        return self.lake.journal(PROMOTIONS).revise(added)

    def promote(self, model: str, version: int, *, by: str, why: str, **more: Any) -> int:
        """Make a version the champion."""
        return self.record(model, "promote", version, by=by, why=why, **more)

    def rollback(self, model: str, *, by: str, why: str, to: int | None = None, at: dt.datetime | None = None) -> int:
        """Return to the version that served before, or to the one named; its number."""
        target = rollback_target(self.events(model), model) if to is None else to
        if target is None:
            raise PromotionError(f"{model}: no earlier version to roll back to")
        self.record(model, "rollback", target, by=by, why=why, at=at)
        return target

    def losses(self, model: str, recipe: str) -> pl.DataFrame:
        """Backtest losses of a recipe per origin and entity; empty where none are stored."""
        import polars as pl

        table = self.lake.table(MODEL_LOSSES)
        table.create()
        of_recipe = (pl.col("model") == model) & (pl.col("recipe") == recipe)
        return table.read().filter(of_recipe).drop("model", "recipe").sort("origin", "entity").collect()

    def store_losses(self, model: str, recipe: str, losses: pl.DataFrame) -> int:
        """Store a recipe's losses; origins that it has already keep theirs."""
        import polars as pl

        known = self.losses(model, recipe)["origin"].unique()
        new = losses.filter(~pl.col("origin").is_in(known.implode())).with_columns(
            model=pl.lit(model), recipe=pl.lit(recipe)
        )
        rows = new.select(MODEL_LOSSES.arrow_schema.names).to_arrow().cast(MODEL_LOSSES.arrow_schema)
        if rows.num_rows:
            marked = {f"losses:{model}:{recipe}:{day}": 1 for day in new["origin"].unique().sort().to_list()}
            from lake.delta.commits import with_retries

            table = self.lake.table(MODEL_LOSSES)
            with_retries(table.path, lambda snapshot: table.append(rows, marked, snapshot=snapshot))
        return self.lake.versions().get(LOSSES_KEY, -1)
