"""Forecasts of several releases at once."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from serving.api.access import Published
from serving.queries.projection import projection
from serving.queries.records import Forecast

router = APIRouter(prefix="/forecast", tags=["forecast"])


class PredictRequest(BaseModel):
    """Which releases."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"product_ids": ["R000397", "R000387"]}})

    product_ids: list[str] = Field(min_length=1, max_length=500)


class Predictions(BaseModel):
    """The newest forecasts, in the order they were asked for; `unknown` are not forecast or not yours to see."""

    forecasts: list[Forecast]
    unknown: list[str]


@router.post("/predict")
def predict(body: PredictRequest, published: Published) -> Predictions:
    """The newest forecasts of releases of the catalogue."""
    made = projection(published).forecasts
    asked = list(dict.fromkeys(body.product_ids))
    return Predictions(
        forecasts=[made[one] for one in asked if one in made], unknown=[one for one in asked if one not in made]
    )
