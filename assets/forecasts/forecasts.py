"""Forecasts: how many units of each release will sell, and how sure that is.

One row per release, origin and horizon. The origin is the last day whose sales are known; a horizon counts from the
day after, and of a release that is announced and still to come from its release date: `starts_on` is its first day.
Such a release, and one that is days old, is forecast from past launches like it (`cold_start`). `model` names who
serves: the simple rival where it was at least as good in the backtest, and always while no
backtest has been run.
"""

import datetime as dt
from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.asked_releases import asked_releases
from assets.forecasts.backtest import SCORES_KEY, serving_models
from assets.forecasts.fits import FORECAST_MODELS, MODELS_KEY, REFIT_DAYS, current_model, take_up
from assets.forecasts.forecasts_table import FORECASTS, FORECASTS_KEY, forecast_frame
from assets.forecasts.inputs import (
    INPUTS,
    fit_version,
    forecast_spec,
    forecasting_version,
    house_currency,
    read_facts,
    read_history,
    read_inputs,
)
from assets.forecasts.newcomers import COLD_ASSETS, COLD_KEYS, read_newcomers
from assets.forecasts.some_releases import forecast_some
from resources.lake import LakeParam


@multi_asset(
    name="forecasts",
    specs=[
        forecast_spec(
            FORECAST_MODELS,
            [AssetKey(key.split("/")) for key in INPUTS],
            f"Fitted anew when the last fit is {REFIT_DAYS} days old or the code has changed.",
        ),
        forecast_spec(
            FORECASTS,
            [MODELS_KEY, SCORES_KEY, *COLD_ASSETS, *(AssetKey(key.split("/")) for key in INPUTS)],
            __doc__,
        ),
    ],
)
def forecasts(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult]:
    """Forecast from the newest origin with the serving models, unless this very forecast stands already."""
    store = lake.lake()
    session = lake.session(context.run.run_id)
    some = asked_releases(context.run.tags)
    if some is not None:
        yield MaterializeResult(asset_key=MODELS_KEY, metadata={"mode": "read only: some releases were asked for"})
        yield MaterializeResult(asset_key=FORECASTS_KEY, metadata=forecast_some(store, session, some))
        return
    table = store.table(FORECASTS)
    table.create()
    rests_on = (*INPUTS, "/".join(SCORES_KEY.path), *COLD_KEYS)
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in rests_on}
    made_of["forecasting_code"] = forecasting_version()
    stands = table.transactions(*made_of) == made_of
    inputs = None if stands else read_inputs(store, session)
    if inputs is None or inputs[0].is_empty():
        why = "nothing it rests on has changed" if stands else "no sales yet"
        for key in (MODELS_KEY, FORECASTS_KEY):
            take_up(store, session, key)
            yield MaterializeResult(asset_key=key, metadata={"mode": f"skipped: {why}"})
        return
    sales, _ = inputs
    origin: dt.date = sales["ds"].max()  # type: ignore[assignment]
    currency = house_currency(store, session)
    history = read_history(store, session, origin, lake.threads)
    model = current_model(store, session, history, origin, fit_version(currency))
    yield MaterializeResult(asset_key=MODELS_KEY, metadata={"fitted_at_origin": model.origin.isoformat()})
    serving = serving_models(store, session)
    newcomers = read_newcomers(store, session)
    facts = read_facts(store, session)
    rows = forecast_frame(model, history, sales, facts, origin, serving, currency, newcomers)
    version = table.overwrite(rows, [origin], made_of)
    session.advance(table.name, version)
    yield MaterializeResult(
        asset_key=FORECASTS_KEY,
        metadata={
            "origin": origin.isoformat(),
            "fitted_at_origin": model.origin.isoformat(),
            "rows_out": rows.num_rows,
            "delta_version": version,
            "serving": {f"{target} {horizon} days": str(named) for (target, horizon), named in sorted(serving.items())},
        },
    )
