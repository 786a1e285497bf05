"""Forecasts: how many units of each release will sell, and how sure that is.

One row per release, origin and horizon. The origin is the last day whose sales are known; a horizon counts from the
day after, and of a release that is announced and still to come from its release date: `starts_on` is its first day.
Such a release, and one that is days old, is forecast from past launches like it (`cold_start`). `model` names who
serves: the simple rival where it was at least as good in the backtest, and always while no
backtest has been run.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zlib import crc32

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.asked_releases import asked_releases
from assets.forecasts.fits import FORECAST_MODELS, MODELS_KEY, REFIT_DAYS, current_model, take_up
from assets.forecasts.forecasts_table import FORECASTS, FORECASTS_KEY
from assets.forecasts.governed import submit_fit
from assets.forecasts.inputs import (
    CORRECTIONS,
    INPUTS,
    forecast_spec,
    forecasting_version,
    house_currency,
    read_history,
    read_inputs,
)
from assets.forecasts.newcomers import COLD_ASSETS, COLD_KEYS, cold_start_version
from assets.forecasts.predicting import Predicting
from assets.forecasts.recipes import MODEL, asks_for_refit, champion_overrides, recipe_code, settings_with
from assets.forecasts.scores import SCORES_KEY, serving_models
from assets.forecasts.some_releases import forecast_some
from resources.lake import LakeParam
from resources.registry import Registry

if TYPE_CHECKING:
    from lake.lakehouse import Lake

SERVED_BY = "served_by_version"


def _champion(store: "Lake") -> int:
    """Everything of the registry that decides who predicts: champion, challenger and share, as one number."""
    state = Registry(store).state(MODEL)
    return crc32(repr((state.champion, state.challenger, state.share)).encode())


@multi_asset(
    name="forecasts",
    specs=[
        forecast_spec(
            FORECAST_MODELS,
            [AssetKey(key.split("/")) for key in INPUTS],
            f"Fitted anew when the last fit is {REFIT_DAYS} days old or the code has changed, and registered.",
        ),
        forecast_spec(
            FORECASTS,
            [MODELS_KEY, SCORES_KEY, *COLD_ASSETS, *(AssetKey(key.split("/")) for key in (*INPUTS, CORRECTIONS))],
            __doc__,
        ),
    ],
)
def forecasts(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult]:
    """Forecast from the newest origin with the serving models, unless this very forecast stands already."""
    store = lake.lake()
    session = lake.session(context.run)
    some = asked_releases(context.run.tags)
    if some is not None:
        yield MaterializeResult(asset_key=MODELS_KEY, metadata={"mode": "read only: some releases were asked for"})
        yield MaterializeResult(asset_key=FORECASTS_KEY, metadata=forecast_some(store, session, some))
        return
    table = store.table(FORECASTS)
    table.create()
    rests_on = (*INPUTS, CORRECTIONS, "/".join(SCORES_KEY.path), *COLD_KEYS)
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in rests_on}
    made_of["forecasting_code"] = forecasting_version()
    made_of["cold_start_code"] = cold_start_version()
    made_of[SERVED_BY] = _champion(store)
    refit = asks_for_refit(context.run.tags)
    stands = table.transactions(*made_of) == made_of and not refit
    inputs = None if stands else read_inputs(store, session)
    short = None if inputs is None or inputs[0].is_empty() else lake.shortfall(inputs[0])
    if short:
        context.log.warning(f"no forecast: {short}; nothing goes to the PIM until there is more")
    if inputs is None or inputs[0].is_empty() or short:
        why = "nothing it rests on has changed" if stands else short or "no sales yet"
        for key in (MODELS_KEY, FORECASTS_KEY):
            take_up(store, session, key)
            yield MaterializeResult(asset_key=key, metadata={"mode": f"skipped: {why}"})
        return
    from ml.forecasting.forecaster import default_settings

    sales, _ = inputs
    origin: dt.date = sales["ds"].max()  # type: ignore[assignment]
    currency, overrides = house_currency(store, session.versions), champion_overrides(store)
    settings = settings_with(default_settings(num_threads=lake.threads), overrides)
    history = read_history(store, session, origin, lake.threads, settings, with_feedback=True)
    code, serving = recipe_code(currency, overrides), serving_models(store, session)
    model = current_model(store, session, history, origin, code, refit)
    read = {key: session.versions[key] for key in rests_on if key in session.versions}
    submit_fit(store, session, model, code, serving, overrides, read, context.run.run_id)
    yield MaterializeResult(asset_key=MODELS_KEY, metadata={"fitted_at_origin": model.origin.isoformat()})
    predicting = Predicting(store, session, session, history, sales, currency, model, serving, read, context.run.run_id)
    rows, fits = predicting.rows(origin)
    made_of[SERVED_BY] = _champion(store)
    version = table.overwrite(rows, [origin], made_of)
    session.advance(table.name, version)
    serving = fits["champion"].serving
    yield MaterializeResult(
        asset_key=FORECASTS_KEY,
        metadata={
            "origin": origin.isoformat(),
            "model_versions": {role: fit.name for role, fit in fits.items()},
            "rows_out": rows.num_rows,
            "delta_version": version,
            "serving": {f"{target} {horizon} days": str(named) for (target, horizon), named in sorted(serving.items())},
        },
    )
