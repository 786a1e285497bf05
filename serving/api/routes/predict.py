"""Forecasts of several releases at once, and of one release live by the model that serves."""

import datetime as dt
from typing import Literal, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from serving.api.access import Published, services_of
from serving.api.problems import refuse
from serving.queries.hypothetical import HypotheticalForecast, HypotheticalRelease, NoForecastError
from serving.queries.projection import projection
from serving.queries.records import Forecast

router = APIRouter(prefix="/forecast", tags=["forecast"])


class PredictRequest(BaseModel):
    """Which releases of the catalogue, and which that are not in it; one of the two at least."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "product_ids": ["R000397", "R000387"],
                "hypothetical": [
                    {"release_date": "2026-03-06", "artist": "The Quiet Hours", "genre": "jazz", "format": "LP"}
                ],
            }
        },
    )

    product_ids: list[str] = Field(default=[], max_length=500)
    hypothetical: list[HypotheticalRelease] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def asks_something(self) -> Self:
        """Refuse a request that names no release."""
        if not (self.product_ids or self.hypothetical):
            raise ValueError("name a release in product_ids, or describe one in hypothetical")
        return self


class Predictions(BaseModel):
    """The newest forecasts, in the order they were asked for; `unknown` are not forecast or not yours to see."""

    forecasts: list[Forecast]
    unknown: list[str]
    hypothetical: list[HypotheticalForecast] = []


@router.post("/predict")
def predict(body: PredictRequest, published: Published, request: Request) -> Predictions:
    """The newest forecasts of releases of the catalogue, and forecasts of releases that are not in it.

    A hypothetical release is forecast by the cold start from its release date on: by past launches, the more alike the
    more they count. `rests_on` names those that count most, with what they sold in their first 30 days.
    """
    made = projection(published).forecasts
    asked = list(dict.fromkeys(body.product_ids))
    hypothetical = []
    if body.hypothetical:
        try:
            hypothetical = services_of(request).hypothetical.forecast(published, body.hypothetical)
        except NoForecastError as error:
            raise refuse(422, f"hypothetical: {error}") from None
    return Predictions(
        forecasts=[made[one] for one in asked if one in made],
        unknown=[one for one in asked if one not in made],
        hypothetical=hypothetical,
    )


class LiveRequest(BaseModel):
    """Which release, over how many days, and features to be taken as other than they are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"product_id": "R000397", "horizon_days": 30, "changed": {"price_plan_30": -0.1}}
        },
    )

    product_id: str = Field(min_length=1, max_length=100)
    horizon_days: Literal[30, 60, 90] = 30
    changed: dict[str, FiniteFloat] = Field(
        default_factory=dict, max_length=50, description="values in place of those of release_features"
    )


class LivePrediction(BaseModel):
    """Units within the horizon, computed now; `fallback` says why the simple rule answers in place of the model."""

    product_id: str
    origin: dt.date
    horizon_days: int
    model: str
    model_version: str | None
    units_mean: float
    units_p10: float
    units_p50: float
    units_p90: float
    fallback: str | None
    took_ms: float


@router.post("/live")
def live(body: LiveRequest, published: Published, request: Request) -> LivePrediction:
    """The forecast of one release by the model that serves, computed now from its features, within a time limit.

    After `LACQUER_INFERENCE_LIMIT_MS` milliseconds the mean of the last 28 days answers. Features can be changed, to
    see what the model would say.
    """
    services = services_of(request)
    row = services.live_model.features(published, body.product_id)
    if row is None:
        raise refuse(404, f"no features of {body.product_id}: it has not sold yet, or is not yours to see")
    if unknown := [name for name in body.changed if name not in row or name in ("release_id", "origin")]:
        raise refuse(422, f"changed: {unknown[0]} is no feature; the columns of release_features are")
    features = {name: value for name, value in (row | body.changed).items() if name not in ("release_id", "origin")}
    limit = services.settings.inference_limit_ms
    found = services.live_model.infer(published.state.number, features, body.horizon_days, limit)
    made = found.forecast
    return LivePrediction(
        product_id=body.product_id,
        origin=row["origin"],
        horizon_days=body.horizon_days,
        model=made.model,
        model_version=found.version,
        units_mean=made.mean,
        units_p10=made.p10,
        units_p50=made.p50,
        units_p90=made.p90,
        fallback=found.fallback,
        took_ms=round(found.took_ms, 3),
    )
