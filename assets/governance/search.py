"""The search for a better forecast: a weekly job that tries parameters and submits the best as a challenger."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from dagster import Config, OpExecutionContext, job, op
from pydantic import Field

from assets.forecasts.governed import RIVAL, serving_json
from assets.forecasts.inputs import INPUTS, forecasting_version, house_currency, read_facts, read_inputs
from assets.forecasts.recipes import MODEL, champion_overrides, merged_overrides, recipe_code, settings_with
from assets.forecasts.tracing import Pinned
from lake.journals.models import LOSSES_KEY, PROMOTIONS_KEY, VERSIONS_KEY
from resources.lake import LakeParam
from resources.registry import Registry

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from ml.forecasting.boosting import Settings
    from ml.promotion.forecast_search import Found

Progress = Callable[[int, int, str], None]
Row = dict[str, Any]


class SearchError(ValueError):
    """There is nothing to search on, or with."""


def search_challenger(
    store: "Lake", threads: int, run_id: str, trials: int, progress: Progress
) -> tuple["Found", Row | None]:
    """Search on the published state from the champion's parameters on; register what is worth a challenger.

    Returns what was found, and the row of the registered version.

    Raises:
        SearchError: Optuna is not installed, nothing is published, or the sales are too short.
    """
    if find_spec("optuna") is None:
        raise SearchError("Optuna is not installed; install it with make models")
    from ml.promotion.forecast_search import search

    read, sales, catalogue, origins, facts = development(store)
    defaults, champion = default_settings_of(threads), champion_overrides(store)
    start = settings_with(defaults, champion)
    found = search(sales, catalogue, origins, start, facts, trials=trials, progress=progress)
    if not found.is_better:
        return found, None
    overrides = merged_overrides(defaults, champion, found.overrides)
    return found, _submitted(store, read, found, overrides, threads, run_id)


def default_settings_of(threads: int) -> "Settings":
    """The parameters of the code, with so many threads."""
    from ml.forecasting.forecaster import default_settings

    return default_settings(num_threads=threads)


def development(store: "Lake") -> tuple[Any, Any, Any, list[dt.date], Any]:
    """What a search may see of the published state: pinned versions, sales, catalogue, development origins, facts.

    Raises:
        SearchError: nothing is published, or the sales are too short.
    """
    from ml.promotion.forecast_search import development_origins

    versions = store.published()
    missing = [key for key in INPUTS[:2] if key not in versions]
    if missing:
        raise SearchError(f"{', '.join(missing)} is not published yet: finish a run first")
    read: Any = Pinned(versions)
    sales, catalogue = read_inputs(store, read)
    days = sales["ds"]
    origins = development_origins(days.min(), days.max()) if days.len() else []  # type: ignore[arg-type]
    if not origins:
        raise SearchError("the sales are too short for a backtest: about a year of days is needed")
    return read, sales, catalogue, origins, read_facts(store, read)


def _submitted(
    store: "Lake", read: Any, found: "Found", overrides: Mapping[str, Any], threads: int, run_id: str
) -> Row:
    """Fit with the parameters, backtest them, and register the fit."""
    from ml.forecasting.backtest import HOLDOUT, backtest, origins_every
    from ml.forecasting.comparison import scores_of_all
    from ml.forecasting.forecaster import default_settings, fit
    from ml.forecasting.persistence import to_bytes
    from ml.forecasting.selection import select_by_scores
    from ml.promotion.candidate import Candidate
    from ml.promotion.cards import figures, forecast_card

    settings = settings_with(default_settings(num_threads=threads), overrides)
    sales, catalogue = read_inputs(store, read)
    facts, last = read_facts(store, read), sales["ds"].max()
    assert isinstance(last, dt.date), "a search has found days"
    grid = origins_every(sales["ds"].min(), last)  # type: ignore[arg-type]
    made = backtest(sales, catalogue, grid[: len(grid) - HOLDOUT], holdout=0, settings=settings, facts=facts)
    scores = scores_of_all(made)
    losses = losses_of_backtest(made, scores)
    model, metrics = fit(sales, last, catalogue, settings, facts), figures(losses)
    serving = select_by_scores(scores.filter(scores["model"] != "served"))
    parameters: Mapping[str, Any] = {
        "settings": asdict(settings),
        "overrides": dict(overrides),
        "serving": serving_json(serving),
        "tuned_origins": [day.isoformat() for day in found.origins],
    }
    recipe = f"{recipe_code(house_currency(store, read.versions), overrides):012x}"
    candidate = Candidate(
        MODEL,
        recipe,
        f"{forecasting_version():012x}",
        last,
        {key: read.versions[key] for key in INPUTS if key in read.versions},
        to_bytes(model),
        parameters=parameters,
        metrics=metrics,
        signature={"in": ["unique_id", "ds", "y", "revenue"], "out": ["mean", "p10", "p50", "p90"]},
        input_example={"unique_id": "R000001", "ds": last.isoformat(), "y": 1.0, "revenue": 9.5},
        losses=losses,
        card=forecast_card(recipe, last, parameters, metrics),
    )
    row = Registry(store).submit(candidate, run_id)
    now = store.versions()
    store.publish({key: now[key] for key in (VERSIONS_KEY, PROMOTIONS_KEY, LOSSES_KEY) if key in now}, run_id)
    return row


def losses_of_backtest(made: Any, scores: Any) -> Any:
    """Losses of what serves and of the simple rule per release and origin, of a backtest and its scores."""
    import polars as pl

    from ml.forecasting.segments import SEGMENTS
    from ml.promotion.forecast_losses import forecast_losses

    names = {"unique_id": "release_id", "q0.1": "p10", "q0.5": "p50", "q0.9": "p90"}
    frame = made.rename(names).filter(pl.col("is_active") & pl.col("demand").is_not_null())
    at_origins = pl.col("serves") & pl.col("origin").is_not_null() & pl.col("population").is_in(SEGMENTS)
    chosen = scores.filter(at_origins).rename({"population": "segment"})
    return forecast_losses(frame, chosen.select("origin", "target", "horizon", "segment", "model"), RIVAL)


class SearchConfig(Config):
    """How long to search."""

    trials: int = Field(20, ge=2, description="backtests to run, that of the champion's parameters among them")


@op(description="Tries parameters on development origins; the best becomes the challenger where it gains 1%.")
def search_parameters(context: OpExecutionContext, config: SearchConfig, lake: LakeParam) -> None:
    """Search and say what was found."""
    store = lake.lake()

    def tell(done: int, total: int, what: str) -> None:
        context.log.info(f"trial {done} of {total}: {what}")

    try:
        found, row = search_challenger(store, lake.threads, context.run_id, config.trials, tell)
    except SearchError as error:
        context.log.warning(f"no search: {error}")
        return
    context.log.info(outcome(found, row))


def outcome(found: "Found", row: Row | None) -> str:
    """What a search has found, in a sentence."""
    best = f"best of {found.trials} trials: loss {found.loss:.5f}, {found.gain:.1%} below the champion's"
    if row is None:
        return f"{best}; the champion's parameters stay, a challenger has to gain 1%"
    return f"{best}, with {found.overrides}; registered as {MODEL} version {row['version']}"


@job(description="Searches for better parameters of the forecast; what it finds is a challenger, never the champion.")
def search_model() -> None:
    """The same as `lacquer models search`, by the clock."""
    search_parameters()
