"""Prices: those recommended, applying them in bulk, and the file that the ERP reads."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import JSONResponse, Response

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.once import IdempotencyKey, once
from serving.api.problems import refuse
from serving.api.routes.advice import Most, ReleaseFilter, section_rows
from serving.queries.reader import Reader
from serving.queries.recommended import NoPriceError, applied_prices, chosen_prices

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/prices", tags=["prices"])
MayPrice = Annotated[Identity, Depends(allowed("prices"))]
EXAMPLE: dict[str, JsonValue] = {
    "prices": [{"release_id": "R000397", "strategy": "margin"}, {"release_id": "R000387", "strategy": "value"}],
    "why": "spring list",
}


class ChosenPrice(BaseModel):
    """One recommended price."""

    model_config = ConfigDict(extra="forbid")

    release_id: str = Field(min_length=1, max_length=100)
    strategy: Literal["competitive", "value", "margin", "dynamic"]


class PricesToApply(BaseModel):
    """Recommended prices, at most one per release, and why they are applied."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    prices: list[ChosenPrice] = Field(min_length=1, max_length=5000)
    why: str = Field(min_length=1, max_length=500)


class AppliedPrice(BaseModel):
    """One price on record."""

    price_id: str
    release_id: str
    strategy: str | None
    valid_from: dt.date
    price_before: float | None
    price: float
    currency: str
    expected_units: float | None


class AppliedPrices(BaseModel):
    """The prices that are on record now; the ERP changes its price list once it has their file."""

    applied: list[AppliedPrice]


@router.get("")
def prices(published: Published, release_id: ReleaseFilter = None, limit: Most = 100) -> list[dict[str, Any]]:
    """Recommended prices per strategy, the largest gain in margin first."""
    return section_rows(published, "prices", release_id, limit)


@router.post("/apply", status_code=201, response_model=AppliedPrices)
def apply_prices(
    request: Request, body: PricesToApply, published: Published, who: MayPrice, key: IdempotencyKey = None
) -> JSONResponse:
    """Apply recommended prices in one step: all of them, or none."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: put_prices(services, who, published, body), 201)


@router.get("/applied")
def applied(published: Published, limit: Most = 100) -> list[dict[str, Any]]:
    """Prices that were applied, with who, why and the expected units, the newest first."""
    return applied_prices(published)[:limit]


@router.get("/applied.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def applied_file(
    published: Published, price_id: Annotated[list[str] | None, Query(max_length=5000)] = None
) -> Response:
    """Applied prices as the ERP reads them: sku, valid_from, price, currency, price_id."""
    return erp_file(published, price_id)


def erp_file(reader: Reader, price_ids: list[str] | None) -> Response:
    """The answer that carries applied prices for the ERP."""
    from lake.journals.prices import erp_csv

    rows = applied_prices(reader, price_ids)
    headers = {"Content-Disposition": 'attachment; filename="prices.csv"', "Cache-Control": "no-store"}
    return Response(erp_csv(rows, [str(row["price_id"]) for row in rows]), media_type="text/csv", headers=headers)


def put_prices(services: "Services", who: Identity, reader: Reader, body: PricesToApply) -> AppliedPrices:
    """Put prices of releases that the sender sees on record, and publish them."""
    from lake.journals.prices import KEY
    from lake.journals.prices import apply_prices as note_prices

    chosen = {one.release_id: one.strategy for one in body.prices}
    if len(chosen) < len(body.prices):
        raise refuse(422, "prices: a release can get one price; one of them is named twice")
    try:
        rows = chosen_prices(reader, dict(chosen))
    except NoPriceError as error:
        raise refuse(409, str(error)) from None
    version, ids = note_prices(services.lake, rows, who.name, body.why)
    services.lake.publish({KEY: version}, "price apply")
    with services.database.write() as con:
        record(con, who.name, "prices applied", f"{len(rows)} releases", f"{body.why}: {', '.join(sorted(chosen))}")
    kept = AppliedPrice.model_fields.keys() - {"price_id"}
    shown = [
        AppliedPrice(price_id=one, **{name: row[name] for name in kept}) for one, row in zip(ids, rows, strict=True)
    ]
    return AppliedPrices(applied=shown)
