"""Forecast rows by the versions that predict: the champion, the challenger's canary share, and its shadow."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assets.forecasts.forecasts_table import forecast_frame
from assets.forecasts.governed import ServingFit, note_batch, serving_fit
from assets.forecasts.inputs import read_facts
from assets.forecasts.newcomers import read_newcomers
from assets.forecasts.recipes import MODEL
from assets.forecasts.shadow_forecasts import SHADOW_FORECASTS, SHADOW_KEY
from resources.registry import Registry

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake
    from ml.forecasting.forecaster import Model, Serving
    from ml.forecasting.history import History


@dataclass(frozen=True)
class Predicting:
    """What one run predicts with.

    Attributes:
        session: whose versions are read.
        writes: the session that takes up what is written.
        model, serving: the fit of this code and its choice of candidates, for a champion of this code.
        versions: Delta versions that the predictions rest on.
    """

    store: "Lake"
    session: "Session"
    writes: "Session"
    history: "History"
    sales: "pl.DataFrame"
    currency: str | None
    model: "Model"
    serving: "Serving"
    versions: Mapping[str, int]
    run_id: str

    def rows(self, origin: dt.date, shadow: bool = True) -> "tuple[pa.Table, dict[str, ServingFit]]":
        """The rows to serve and the fits by role; the shadow's rows are written to their own table."""
        import pyarrow as pa
        import pyarrow.compute as pc

        registry = Registry(self.store)
        state = registry.state(MODEL)
        assert state.champion is not None, "a fit is registered before anything is predicted"
        fits = {"champion": self._fit(registry, state.champion)}
        served = self.of("champion", fits["champion"], origin)
        if state.challenger is None:
            return served, fits
        fit = self._fit(registry, state.challenger)
        if "unreadable" in fit.row:
            return served, fits
        if shadow:
            self._shadow(fit, origin)
        if state.share > 0:
            from ml.promotion.canary import in_share

            mask = pa.array([in_share(one, MODEL, state.share) for one in served["release_id"].to_pylist()])
            canary = self.of("canary", fit, origin)
            taken = pa.array([in_share(one, MODEL, state.share) for one in canary["release_id"].to_pylist()])
            served = pa.concat_tables([served.filter(pc.invert(mask)), canary.filter(taken)])
            fits["canary"] = fit
        return served, fits

    def _fit(self, registry: Registry, version: int) -> ServingFit:
        return serving_fit(self.store, registry.version(MODEL, version), self.serving, self.model, self.history)

    def of(self, role: str, fit: ServingFit, origin: dt.date) -> "pa.Table":
        """The rows of one fit, as a batch on record."""
        batch = note_batch(self.store, self.writes, fit, origin, self.versions, role, self.run_id)
        facts = read_facts(self.store, self.session)
        newcomers = read_newcomers(self.store, self.session)
        made = (fit.model, self.history, self.sales, facts, origin, fit.serving, self.currency, newcomers)
        return forecast_frame(*made, version=fit.name, batch=batch)

    def _shadow(self, fit: ServingFit, origin: dt.date) -> None:
        rows = self.of("shadow", fit, origin).select(SHADOW_FORECASTS.arrow_schema.names)
        table = self.store.table(SHADOW_FORECASTS)
        table.create()
        self.writes.advance(SHADOW_KEY, table.overwrite(rows.cast(SHADOW_FORECASTS.arrow_schema), [origin]))
