"""Landing by push: orders, products and signals in the shapes of the sources."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from serving.accounts.identity import Identity
from serving.api.access import allowed, services_of
from serving.api.landing_files import envelope, land, moment_of
from serving.api.once import IdempotencyKey, once

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/landing", tags=["landing"])
MOST = 20_000
MayLand = Annotated[Identity, Depends(allowed("landing"))]
ErpTable = Literal[
    "buyers", "orders", "order_lines", "prices", "inventory", "carriers", "shipments", "buyer_interactions", "campaigns"
]


class ErpRows(BaseModel):
    """Rows of one table of the ERP, with the fields of the landing format."""

    model_config = ConfigDict(extra="forbid")

    table: ErpTable
    as_of: dt.datetime | None = Field(None, description="moment the rows are of; of one key the latest counts")
    rows: list[dict[str, Any]] = Field(min_length=1, max_length=MOST)


class Product(BaseModel):
    """An object of the PIM, as its Data Hub lists it; further fields are kept."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=64)
    classname: Literal["Release", "Artist", "Label", "Track"]
    modificationDate: int = Field(ge=0, le=4_102_444_800)  # noqa: N815 # the PIM's name


class Products(BaseModel):
    """Objects of the PIM."""

    model_config = ConfigDict(extra="forbid")

    objects: list[Product] = Field(min_length=1, max_length=MOST)


class Signal(BaseModel):
    """A market signal; further fields are kept."""

    model_config = ConfigDict(extra="allow")

    event_id: str = Field(min_length=1, max_length=200)
    kind: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    entity_type: Literal["release", "artist", "label", "track", "genre", "region", "currency"]
    entity_id: str = Field(min_length=1, max_length=200)
    value: float | str
    occurred_at: dt.datetime
    source: str = Field(min_length=1, max_length=200)


class Signals(BaseModel):
    """Market signals."""

    model_config = ConfigDict(extra="forbid")

    events: list[Signal] = Field(min_length=1, max_length=MOST)


class LandedDocuments(BaseModel):
    """What has landed; the next run ingests it. `file` is null when exactly these documents landed before."""

    documents: int
    file: str | None


@router.post("/orders", status_code=202, response_model=LandedDocuments)
def land_orders(request: Request, body: ErpRows, who: MayLand, key: IdempotencyKey = None) -> JSONResponse:
    """Land rows of one of the ERP's tables."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: land_rows(services, body), 202)


def land_rows(services: "Services", body: ErpRows) -> LandedDocuments:
    """Land rows of the ERP as changes."""
    moment = moment_of(body.as_of)
    documents = [envelope(body.table, row, moment) for row in body.rows]
    return LandedDocuments(documents=len(documents), file=land(services.lake, "erp", documents))


@router.post("/products", status_code=202, response_model=LandedDocuments)
def land_products(request: Request, body: Products, who: MayLand, key: IdempotencyKey = None) -> JSONResponse:
    """Land releases, artists, labels and tracks."""
    services = services_of(request)

    def act() -> LandedDocuments:
        documents = [one.model_dump(mode="json") for one in body.objects]
        return LandedDocuments(documents=len(documents), file=land(services.lake, "pim", documents))

    return once(services, who, request, key, body, act, 202)


@router.post("/signals", status_code=202, response_model=LandedDocuments)
def land_signals(request: Request, body: Signals, who: MayLand, key: IdempotencyKey = None) -> JSONResponse:
    """Land market signals: plays, chart positions, mentions, reviews, competitor prices, exchange rates."""
    services = services_of(request)

    def act() -> LandedDocuments:
        documents = [one.model_dump(mode="json") for one in body.events]
        return LandedDocuments(documents=len(documents), file=land(services.lake, "signals", documents))

    return once(services, who, request, key, body, act, 202)
