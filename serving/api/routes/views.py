"""Saved views of the catalogue: filters under a name, for whoever saved them."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from serving.accounts.identity import Identity
from serving.accounts.views import TooManyViewsError, remove_view, save_view, saved_views
from serving.api.access import Caller, Services_, services_of
from serving.api.once import IdempotencyKey, once
from serving.api.problems import refuse

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/views", tags=["releases"])
Value = Annotated[str, Field(max_length=200)]


class ViewFilters(BaseModel):
    """Filters of the catalogue; empty ones filter nothing."""

    model_config = ConfigDict(extra="forbid")

    q: Value = ""
    label_id: Value = ""
    genre: Value = ""
    format: Value = ""
    risk: Value = ""
    tag: Value = ""
    sort: Literal["", "title", "-units", "-release_date", "release_id"] = ""


class NewView(BaseModel):
    """A view to save."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "Jazz that runs out", "filters": {"genre": "jazz"}}}
    )

    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")
    filters: ViewFilters


class View(BaseModel):
    """A saved view."""

    view_id: str
    name: str
    filters: dict[str, str]


@router.get("")
def list_views(services: Services_, who: Caller) -> list[View]:
    """The views that you saved."""
    return [View(**vars(one)) for one in saved_views(services.database, who)]


@router.post("", status_code=201, response_model=View)
def new_view(request: Request, who: Caller, body: NewView, key: IdempotencyKey = None) -> JSONResponse:
    """Save a view; one of the same name is replaced."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: put_view(services, who, body), 201)


@router.delete("/{view_id}", status_code=204)
def delete_view(services: Services_, who: Caller, view_id: Annotated[str, Path(max_length=40)]) -> None:
    """Remove a view."""
    take_view_away(services, who, view_id)


def put_view(services: "Services", who: Identity, body: NewView) -> View:
    """Save a view of somebody."""
    try:
        return View(**vars(save_view(services.database, who, body.name, body.filters.model_dump())))
    except TooManyViewsError as error:
        raise refuse(409, str(error)) from None


def take_view_away(services: "Services", who: Identity, view_id: str) -> None:
    """Remove a view of somebody."""
    if not remove_view(services.database, who, view_id):
        raise refuse(404, f"no view {view_id!r}; GET /v1/views lists yours")
