"""Models other than the forecast under government: a step per model fits it, registers the fit and scores older fits.

A model is fitted where its recipe (code) has no fit yet, weekly after that, and in every retraining. The first version
serves; a newer fit of the champion's recipe replaces it; changed code makes a challenger. Tables read the version that
serves with `Input.model(name)`. To add a model, write the methods of `GovernedModel` (`ml/promotion/governed.py`) and
call `governed_model` here.
"""

import datetime as dt
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, asset

from assets.asked_releases import asked_releases
from assets.buyers.propensity import ORDERS_SQL
from assets.derived import Input, read_inputs
from assets.forecasts.recipes import asks_for_refit
from assets.governance import GROUP
from assets.pricing.price_elasticities import WEEKS_SQL
from assets.reviews.review_sentiment import REVIEWS_SQL
from lake.code_version import code_version
from lake.journals.models import MODEL_LIVE_LOSSES
from resources.lake import LakeParam
from resources.registry import Registry

if TYPE_CHECKING:
    import polars as pl

    from ml.promotion.governed import Frames, GovernedModel

REFIT_DAYS = 7
Row = dict[str, Any]
# Place and inputs of each governed model, by its name.
GOVERNED: dict[str, tuple[str, Mapping[str, Input]]] = {}


def governed_model(name: str, place: str, inputs: Mapping[str, Input], words: str) -> AssetsDefinition:
    """The step of one model.

    Args:
        name: of the model.
        place: its object as `module:NAME`, imported when the step runs.
        inputs: the frames that it is fitted on, by name.
        words: what it predicts, for the asset's page.
    """
    GOVERNED[name] = (place, inputs)
    module, _, attribute = place.partition(":")
    tables = sorted({key for one in inputs.values() for key in one.tables})

    @asset(
        key=["models", name],
        deps=[AssetKey(key.split("/")) for key in tables],
        group_name=GROUP,
        kinds={"polars", "json"},
        owners=["team:data-science"],
        description=f"One row per fit of {name} in `model_versions`. {words} Its table reads the version that serves.",
        code_version=f"{code_version([module]):012x}",
    )
    def model_step(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
        if asked_releases(context.run.tags) is not None:
            return MaterializeResult(metadata={"mode": "read only: some releases were asked for"})
        store, session = lake.lake(), lake.session(context.run)
        versions = {key: session.versions.get(key, -1) for key in tables}
        recipe = f"{code_version([module], [one.query for one in inputs.values()]):012x}"
        made_of = {f"of:{name}:{key}": version for key, version in versions.items()}
        made_of |= {f"recipe:{name}:{recipe}": 1}
        table = store.table(MODEL_LIVE_LOSSES)
        table.create()
        refit = asks_for_refit(context.run.tags)
        if table.transactions(*made_of) == made_of and not refit:
            return MaterializeResult(metadata={"mode": "skipped: neither an input nor the code has changed"})
        model: GovernedModel = getattr(import_module(module), attribute)
        fitting = Fitting(Registry(store), model, read_inputs(store, session.versions, inputs), recipe)
        row = fitting.submit(versions, context.run_id, refit)
        rows = fitting.live_losses()
        fitting.store(rows, made_of)
        return MaterializeResult(
            metadata={
                "registered": "nothing" if row is None else f"version {row['version']}",
                "live_losses": rows.height,
            }
        )

    return model_step


class Fitting:
    """One model with its frames and its recipe: what is registered and scored of it in a run."""

    def __init__(self, registry: Registry, model: "GovernedModel", frames: "Frames", recipe: str) -> None:
        self.registry, self.model, self.frames, self.recipe = registry, model, frames, recipe
        self.span = model.days(frames)

    def submit(self, versions: Mapping[str, int], run_id: str, refit: bool = False) -> Row | None:
        """Fit and register where the recipe's last fit is a week old, or there is none; its row."""
        if self.span is None:
            return None
        last = self.span[1]
        fits = [row["origin"] for row in self.registry.versions(self.model.name) if row["recipe"] == self.recipe]
        if fits and (max(fits) >= last or not (refit or (last - max(fits)).days >= REFIT_DAYS)):
            return None
        artefact = self.model.fit(self.frames, last)
        return None if artefact is None else self._registered(artefact, last, versions, run_id)

    def _registered(self, artefact: bytes, origin: dt.date, versions: Mapping[str, int], run_id: str) -> Row:
        import polars as pl

        from ml.promotion.candidate import Candidate
        from ml.promotion.cards import figures, model_card
        from ml.promotion.governed import evaluate

        known = self.registry.losses(self.model.name, self.recipe)
        losses = evaluate(self.model, self.frames, known["origin"].unique().to_list())
        losses = losses.drop("actual").with_columns(first_loss=pl.lit(None, pl.Float64))
        metrics = figures(pl.concat([known, losses.select(known.columns)]))
        candidate = Candidate(
            self.model.name,
            self.recipe,
            self.recipe,
            origin,
            versions,
            artefact,
            parameters={"window_days": self.model.window_days},
            metrics=metrics,
            signature={name: frame.columns for name, frame in self.frames.items()},
            losses=losses,
            card=model_card(self.model, self.recipe, origin, metrics),
        )
        return self.registry.submit(candidate, run_id)

    def live_losses(self) -> "pl.DataFrame":
        """Losses of champion and challenger at matured origins since their fits that are not stored yet."""
        import polars as pl

        from ml.promotion.governed import live, matured

        table = self.registry.lake.table(MODEL_LIVE_LOSSES)
        names = MODEL_LIVE_LOSSES.arrow_schema.names
        stored = table.read().filter(pl.col("model") == self.model.name).select("role", "origin").unique().collect()
        done = set(stored.rows())
        days, found = matured(self.model, self.frames), []
        for role, day, row in self._predicting(days):
            if (role, day) not in done:
                rows = live(self.model, self.registry.artefact(row), self.frames, [day])
                found.append(rows.with_columns(version=pl.lit(row["version"], pl.Int64), role=pl.lit(role)))
        if not found:
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        named = {"model": pl.lit(self.model.name), "horizon_days": pl.lit(self.model.window_days, pl.Int32)}
        return pl.concat(found).with_columns(**named).select(names)

    def _predicting(self, days: list[dt.date]) -> list[tuple[str, dt.date, Row]]:
        """Which version predicted at each day: the newest fit by then of the champions, and of the challenger's recipe.

        A version predicts from the day of its own data on, so nothing that it is scored on was known to it.
        """
        from ml.promotion.events import SERVES

        name = self.model.name
        rows = {row["version"]: row for row in self.registry.versions(name)}
        champions = [rows[event["version"]] for event in self.registry.events(name) if event["event"] in SERVES]
        challenger = self.registry.state(name).challenger
        recipe = None if challenger is None else rows[challenger]["recipe"]
        shadows = [row for row in rows.values() if row["recipe"] == recipe]
        found = []
        for role, candidates in (("champion", champions), ("shadow", shadows)):
            for day in days:
                if fits := [row for row in candidates if row["origin"] <= day]:
                    found.append((role, day, fits[-1]))
        return found

    def store(self, rows: "pl.DataFrame", made_of: Mapping[str, int]) -> None:
        """Append the losses, and that they are of these inputs, in one commit."""
        from lake.delta.commits import with_retries

        schema = MODEL_LIVE_LOSSES.arrow_schema
        data = rows.to_arrow().cast(schema) if rows.height else schema.empty_table()
        table = self.registry.lake.table(MODEL_LIVE_LOSSES)
        with_retries(table.path, lambda snapshot: table.append(data, made_of, snapshot=snapshot))


buyer_propensity_model = governed_model(
    "buyer_propensity",
    "ml.buyers.propensity.governed:MODEL",
    {"orders": Input.sql(ORDERS_SQL)},
    "Probability that a buyer orders within 30 days.",
)
price_elasticities_model = governed_model(
    "price_elasticities",
    "ml.pricing.governed:MODEL",
    {"weeks": Input.sql(WEEKS_SQL)},
    "By how many per cent units change when a price rises by one per cent.",
)
review_sentiment_model = governed_model(
    "review_sentiment",
    "ml.reviews.governed:MODEL",
    {"reviews": Input.sql(REVIEWS_SQL)},
    "What a review says, learned from stars.",
)
MODEL_KEYS = tuple(
    key for step in (buyer_propensity_model, price_elasticities_model, review_sentiment_model) for key in step.keys
)
