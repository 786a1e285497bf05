"""Overrides: a person's own figure beside a forecast."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import JSONResponse

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.once import IdempotencyKey, once
from serving.api.problems import refuse
from serving.api.routes.releases import known
from serving.queries.overrides import find_overrides
from serving.queries.reader import Reader
from serving.queries.records import Override

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/overrides", tags=["overrides"])
MayOverride = Annotated[Identity, Depends(allowed("overrides"))]
EXAMPLE: dict[str, JsonValue] = {
    "product_id": "R000397",
    "horizon_days": 30,
    "units": 800,
    "until": "2026-03-31",
    "why": "TV spot in May",
}


class NewOverride(BaseModel):
    """What will sell within a horizon, in your view."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    product_id: str = Field(max_length=100)
    horizon_days: int = Field(ge=1, le=366)
    units: float = Field(ge=0, le=1e9, allow_inf_nan=False)
    until: dt.date = Field(le=dt.date(2200, 1, 1), description="last origin it stands for")
    why: str = Field(min_length=1, max_length=500)


class OverrideMade(BaseModel):
    """The override stands; order quantities and the PIM follow with the next run."""

    product_id: str
    horizon_days: int
    units: float
    forecast_p50: float
    from_origin: dt.date
    until: dt.date


@router.get("")
def list_overrides(
    published: Published, product_id: Annotated[str | None, Query(max_length=100)] = None
) -> list[Override]:
    """Overrides, the newest first."""
    return find_overrides(published, product_id)


@router.post("", status_code=201, response_model=OverrideMade)
def make_override(
    request: Request, body: NewOverride, published: Published, who: MayOverride, key: IdempotencyKey = None
) -> JSONResponse:
    """Put your own figure beside a forecast. The forecast itself is not changed."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: put_override(services, who, published, body), 201)


def put_override(services: "Services", who: Identity, reader: Reader, body: NewOverride) -> OverrideMade:
    """Put a figure beside the forecast of a release that its sender sees, and publish it."""
    from lake.journals.overrides import KEY, add_override
    from lake.journals.overrides import Override as Made

    forecast = known(reader, body.product_id).forecast
    horizon = next((h for h in forecast.horizons if h.horizon_days == body.horizon_days), None) if forecast else None
    if forecast is None or horizon is None:
        raise refuse(409, f"{body.product_id} is not forecast over {body.horizon_days} days")
    origin = forecast.origin
    if body.until < origin:
        raise refuse(422, f"until: the newest forecast is of {origin} already; give that day or a later one")
    made = Made(body.product_id, body.horizon_days, body.units, origin, body.until, who.name, body.why)
    services.lake.publish({KEY: add_override(services.lake, made)}, "override")
    with services.database.write() as con:
        record(con, who.name, "override made", body.product_id, f"{body.horizon_days} days: {body.units:g} units")
    return OverrideMade(**body.model_dump(exclude={"why"}), forecast_p50=horizon.units.p50, from_origin=origin)


@router.delete("/{override_id}", status_code=204)
def withdraw_override(
    request: Request,
    override_id: Annotated[str, Path(max_length=40)],
    published: Published,
    who: MayOverride,
    why: Annotated[str, Query(min_length=1, max_length=500)],
) -> None:
    """Withdraw an override; it stays on record."""
    from lake.journals.overrides import KEY, withdraw_overrides

    found = [one for one in find_overrides(published) if one.override_id == override_id]
    if not found or published.origin is None:
        raise refuse(404, f"no override {override_id!r}")
    services = services_of(request)
    version = withdraw_overrides(services.lake, [override_id], published.origin, who.name, why)
    services.lake.publish({KEY: version}, "override")
    with services.database.write() as con:
        record(con, who.name, "override withdrawn", found[0].release_id, why)
