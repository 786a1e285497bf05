"""What really sold, reported by sellers and other systems."""

import datetime as dt
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, status
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import JSONResponse

from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.landing_files import land, moment_of
from serving.api.once import IdempotencyKey, once
from serving.api.routes.releases import known
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(tags=["feedback"])
EXAMPLE: dict[str, JsonValue] = {
    "product_id": "R000397",
    "origin": "2026-03-01",
    "horizon_days": 30,
    "actual_units": 137,
    "reason": "a chain ordered for its branches",
}


class SalesFeedback(BaseModel):
    """What sold over a horizon after a forecast's origin."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    product_id: str = Field(max_length=100)
    origin: dt.date = Field(ge=dt.date(1990, 1, 1), le=dt.date(2200, 1, 1))
    horizon_days: int = Field(ge=1, le=366)
    actual_units: float = Field(ge=0, le=1e9, allow_inf_nan=False)
    reason: str | None = Field(None, max_length=500)
    feedback_id: str | None = Field(None, min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")


class FeedbackTaken(BaseModel):
    """The report has landed; the next run ingests it."""

    feedback_id: str
    landed: str | None


@router.post("/feedback/sales", status_code=status.HTTP_202_ACCEPTED, response_model=FeedbackTaken)
def report_sales(
    request: Request,
    body: SalesFeedback,
    published: Published,
    who: Annotated[Identity, Depends(allowed("feedback"))],
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Report what really sold. It lands as feedback and reaches `sales_feedback` with the next run."""
    known(published, body.product_id)
    services = services_of(request)
    return once(services, who, request, key, body, lambda: take_feedback(services, who, published, body, key), 202)


def take_feedback(
    services: "Services", who: Identity, reader: Reader, body: SalesFeedback, key: str | None
) -> FeedbackTaken:
    """Land a report about a release that the sender sees."""
    known(reader, body.product_id)
    derived = sha256(f"{who.kind}:{who.id}|{key}".encode()).hexdigest()[:24] if key else uuid4().hex[:24]
    feedback_id = body.feedback_id or f"api-{derived}"
    document = {
        "feedback_id": feedback_id,
        "release_id": body.product_id,
        "origin": body.origin.isoformat(),
        "horizon_days": body.horizon_days,
        "actual_units": body.actual_units,
        "reason": body.reason,
        "reported_by": who.name,
        "created_at": moment_of(None).isoformat().replace("+00:00", "Z"),
    }
    return FeedbackTaken(feedback_id=feedback_id, landed=land(services.lake, "feedback", [document]))
