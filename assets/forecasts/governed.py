"""The forecast under governance: which fit serves, as what a fit is registered, and what a batch of forecasts rests on.

A fit registers itself. One of the champion's own recipe (same code, parameters and house currency) replaces it; one of
other code becomes the challenger, and the champion's stored fit goes on serving. A champion that this code cannot read
is replaced by the simple rule (mean_28) until a version is promoted, and an event `alert` says so.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from assets.derived import CODE
from assets.forecasts.backtest import BACKTEST_KEY, SEGMENTS, backtest_code
from assets.forecasts.fits import MODELS_KEY
from assets.forecasts.inputs import forecasting_version, house_currency
from assets.forecasts.recipes import MODEL
from assets.forecasts.scores import SCORES_KEY
from lake.delta.table import Table
from lake.journals.models import BATCHES_KEY, LOSSES_KEY, PREDICTION_BATCHES, PROMOTIONS_KEY, VERSIONS_KEY
from ml.promotion.candidate import Candidate
from resources.registry import Registry

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake
    from ml.forecasting.forecaster import Model, Serving
    from ml.forecasting.history import History

RIVAL = "mean_28"
Row = dict[str, Any]


@dataclass(frozen=True)
class ServingFit:
    """What predicts: the registered version, its fit, and the candidate that serves each segment."""

    row: Row
    model: "Model"
    serving: "Serving"

    @property
    def name(self) -> str:
        """The version as forecasts name it."""
        return version_name(int(self.row["version"]))


def version_name(version: int) -> str:
    """`forecast-3` for version 3."""
    return f"{MODEL}-{version}"


def submit_fit(
    store: "Lake",
    session: "Session",
    model: "Model",
    code: int,
    serving: "Serving",
    overrides: Mapping[str, Any],
    data_versions: Mapping[str, int],
    run_id: str,
) -> Row:
    """Register a fit that lies in `forecast_models`, with its recipe's backtest losses; its version's row."""
    from ml.forecasting.persistence import to_bytes
    from ml.promotion.cards import figures, forecast_card

    registry, recipe = Registry(store), f"{code:012x}"
    losses = backtest_losses(store, session, overrides)
    metrics = figures(losses if losses is not None else registry.losses(MODEL, recipe))
    parameters = {"settings": asdict(model.settings), "overrides": dict(overrides), "serving": serving_json(serving)}
    candidate = Candidate(
        MODEL,
        recipe,
        f"{forecasting_version():012x}",
        model.origin,
        data_versions,
        to_bytes(model),
        location=f"{'/'.join(MODELS_KEY.path)}?origin={model.origin}&code={code}",
        parameters=parameters,
        metrics=metrics,
        signature={"in": ["unique_id", "ds", "y", "revenue"], "out": ["mean", "p10", "p50", "p90"]},
        input_example={"unique_id": "R000001", "ds": model.origin.isoformat(), "y": 1.0, "revenue": 9.5},
        losses=losses,
        card=forecast_card(recipe, model.origin, parameters, metrics),
    )
    row = registry.submit(candidate, run_id)
    take_up_registry(store, session)
    return row


def take_up_registry(store: "Lake", session: "Session") -> None:
    """Publish with this run what the registry holds."""
    versions = store.versions()
    for key in (VERSIONS_KEY, PROMOTIONS_KEY, LOSSES_KEY, BATCHES_KEY):
        if key in versions:
            session.advance(key, versions[key])


def serving_json(serving: "Serving") -> dict[str, Any]:
    """The choice of candidates with text keys, as JSON holds it."""
    return {f"{target}|{horizon}": named for (target, horizon), named in sorted(serving.items())}


def serving_from(document: Mapping[str, Any]) -> "Serving":
    """The inverse of `serving_json`."""
    return {(key.split("|")[0], int(key.split("|")[1])): named for key, named in document.items()}


def backtest_losses(store: "Lake", session: "Session", overrides: Mapping[str, Any]) -> "pl.DataFrame | None":
    """Losses per release and origin of what serves in the recipe's backtest, beside the simple rule's; None without."""
    from ml.promotion.forecast_losses import forecast_losses

    backtest, scores = ("/".join(key.path) for key in (BACKTEST_KEY, SCORES_KEY))
    if session.versions.get(backtest, -1) < 0 or session.versions.get(scores, -1) < 0:
        return None
    made = Table(store.path(backtest)).transactions(CODE, version=session.versions[backtest])
    if made != backtest_code(house_currency(store, session.versions), overrides):
        return None
    con = store.connect({key: session.versions[key] for key in (backtest, scores)})
    chosen = con.sql(
        "select origin, target, horizon_days as horizon, population as segment, model from gold.forecast_scores "
        f"where serves and origin is not null and population in {SEGMENTS}"
    ).pl()
    frame = con.sql(
        "select model, target, horizon_days as horizon, origin, release_id, segment, demand, loss_scale, p10, p50, p90 "
        "from gold.forecast_backtest where is_active and demand is not null and segment is not null"
    ).pl()
    return forecast_losses(frame, chosen, RIVAL) if chosen.height else None


def serving_fit(store: "Lake", row: Row, current: "Serving", fallback: "Model", history: "History") -> ServingFit:
    """The fit of a version with the candidates that serve; the simple rule where this code cannot run it."""
    from ml.forecasting.forecaster import every
    from ml.forecasting.persistence import from_bytes

    same_code = row["code_version"] == f"{forecasting_version():012x}"
    try:
        model = from_bytes(Registry(store).artefact(row))
    except (ValueError, KeyError, TypeError) as error:
        return ServingFit(row | {"unreadable": str(error)}, fallback, every(RIVAL))
    if unknown := _foreign_features(model, history):
        return ServingFit(
            row | {"unreadable": f"its features differ from this code's: {unknown}"}, fallback, every(RIVAL)
        )
    serving = current if same_code else serving_from(json.loads(row["parameters"])["serving"])
    return ServingFit(row, model, serving)


def _foreign_features(model: "Model", history: "History") -> str:
    """Features that only one of the two knows, as text; empty where they agree."""
    for horizon, booster in model.boosters.items():
        if booster is not None:
            wanted = set(booster.trees.feature_name())
            here = set(history.design(history.panel.last_day, horizon)[1])
            return ", ".join(sorted(wanted ^ here)[:5])
    return ""


def batch_id(version: str, origin: dt.date, data_versions: Mapping[str, int], role: str) -> str:
    """The same for the same version, origin, data and code, whoever computes it."""
    what = [version, origin.isoformat(), sorted(data_versions.items()), forecasting_version(), role]
    return sha256(json.dumps(what).encode()).hexdigest()[:12]


def note_batch(
    store: "Lake",
    session: "Session",
    fit: ServingFit,
    origin: dt.date,
    versions: Mapping[str, int],
    role: str,
    run: str,
) -> str:
    """Record what a batch of predictions rests on, before it is written; its id."""
    identity = batch_id(fit.name, origin, versions, role)
    row = {
        "batch_id": identity,
        "model": MODEL,
        "version": fit.row["version"],
        "role": role,
        "origin": origin,
        "data_versions": json.dumps(dict(versions), sort_keys=True),
        "code_version": f"{forecasting_version():012x}",
        "serving": json.dumps(serving_json(fit.serving), sort_keys=True),
        "run_id": run,
        "made_at": dt.datetime.now(dt.UTC),
    }
    session.advance(BATCHES_KEY, store.journal(PREDICTION_BATCHES).note_new([row]))
    return identity
