"""Generated stems, texts and pictures: requests, drafts with their files, and what people decide about them."""

from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import FileResponse, JSONResponse

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.once import IdempotencyKey, once
from serving.api.problems import refuse
from serving.queries import drafts
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/marketing", tags=["marketing"])
MayGenerate = Annotated[Identity, Depends(allowed("generate"))]
AssetId = Annotated[str, Path(max_length=40)]
Limit = Annotated[int, Query(ge=1, le=1000)]
EXAMPLE: dict[str, JsonValue] = {"kind": "text", "subject_id": "R000397", "names": ["shop"], "language": "en"}


class NewRequest(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    kind: Literal["stem", "text", "picture"]
    subject_id: str = Field(min_length=1, max_length=100, description="a track for stems, else a release")
    names: list[Annotated[str, Field(max_length=40)]] = Field(
        min_length=1, max_length=10, description="stems, one channel, or picture formats"
    )
    language: str | None = Field(None, max_length=10, description="of a text: en or de")
    backend: str = Field("auto", max_length=20)
    bars: int | None = Field(None, description="of stems: length of the loop")
    section: str | None = Field(None, max_length=40, description="of stems: loop this section, such as chorus")
    attempts: int | None = Field(None, description="of stems: seeds to try")
    seed: int = 0


class RequestState(BaseModel):
    """A request after it was taken."""

    request_id: str
    state: str


class Decision(BaseModel):
    """What somebody decides about a draft."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"decision": "approve", "why": "fits the campaign"}}
    )

    decision: Literal["approve", "reject"]
    why: str = Field(min_length=1, max_length=500)


class AssetState(BaseModel):
    """The state of an asset after a decision."""

    asset_id: str
    state: str


@router.get("/assets")
def list_assets(
    published: Published, state: Annotated[str, Query(max_length=20, examples=["draft"])] = "", limit: Limit = 100
) -> list[dict[str, Any]]:
    """Generated assets, drafts first; an empty state lists all."""
    return drafts.assets(published, state, limit)


@router.get("/assets/{asset_id}")
def one_asset(published: Published, asset_id: AssetId) -> dict[str, Any]:
    """One asset with what it was made from, its measures and findings."""
    return known_asset(published, asset_id)


@router.get("/assets/{asset_id}/file", response_class=FileResponse)
def file_of_asset(request: Request, published: Published, asset_id: AssetId) -> FileResponse:
    """The file of a stem or picture."""
    return file_answer(services_of(request), known_asset(published, asset_id))


@router.post("/assets/{asset_id}/decision", response_model=AssetState)
def decide_on_asset(
    request: Request,
    asset_id: AssetId,
    body: Decision,
    published: Published,
    who: MayGenerate,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Approve or reject a draft; findings block the approval."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: decide(services, who, published, asset_id, body), 200)


@router.get("/requests")
def list_requests(published: Published, limit: Limit = 100) -> list[dict[str, Any]]:
    """Requests with their state and its reason, the newest first."""
    return drafts.requests(published, limit)


@router.get("/requests/{request_id}")
def one_request(published: Published, request_id: Annotated[str, Path(max_length=40)]) -> dict[str, Any]:
    """One request with its plan."""
    found = drafts.request(published, request_id)
    if found is None:
        raise refuse(404, f"no request {request_id!r}")
    return found


@router.post("/requests", status_code=202, response_model=RequestState)
def ask_for_assets(
    request: Request, body: NewRequest, published: Published, who: MayGenerate, key: IdempotencyKey = None
) -> JSONResponse:
    """Ask for stems of a track, a text or pictures of a release; a worker makes the drafts."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: ask_for(services, who, published, body), 202)


def known_asset(reader: Reader, asset_id: str) -> dict[str, Any]:
    """An asset that the reader sees; ends the request where there is none."""
    found = drafts.asset(reader, asset_id)
    if found is None:
        raise refuse(404, f"no asset {asset_id!r}")
    return found


def file_answer(services: "Services", asset: dict[str, Any]) -> FileResponse:
    """The file of an asset, with byte ranges, so that a player can seek."""
    root = FilePath(services.lake.root).resolve()
    path = (root / asset["path"]).resolve() if asset["path"] else None
    if path is None or not path.is_relative_to(root) or not path.is_file():
        raise refuse(404, f"asset {asset['asset_id']} has no file")
    return FileResponse(path, filename=f"{asset['asset_id']}{path.suffix}", content_disposition_type="inline")


def decide(services: "Services", who: Identity, reader: Reader, asset_id: str, body: Decision) -> AssetState:
    """Decide about an asset that its sender sees; the new state is published at once."""
    from resources.generation.deciding import approve, reject

    known_asset(reader, asset_id)
    act = approve if body.decision == "approve" else reject
    try:
        done = act(services.lake, asset_id, who.name, body.why)
    except (LookupError, ValueError) as error:
        raise refuse(409, str(error.args[0])) from None
    with services.database.write() as con:
        record(con, who.name, f"asset: {body.decision}", asset_id, body.why)
    return AssetState(asset_id=done.id, state=done.state)


def ask_for(services: "Services", who: Identity, reader: Reader, body: NewRequest) -> RequestState:
    """Put a request on record for what its sender sees."""
    from resources.generation.requests import Wish, ask
    from resources.generation.tables import publish_tables

    if not drafts.is_visible(reader, body.kind, body.subject_id):
        raise refuse(404, f"no {'track' if body.kind == 'stem' else 'release'} {body.subject_id!r}")
    given = {"seed": body.seed, "bars": body.bars, "attempts": body.attempts}
    parameters = {name: value for name, value in given.items() if value is not None}
    wish = Wish(body.kind, body.subject_id, tuple(body.names), body.language, body.backend, parameters, body.section)
    try:
        made = ask(services.lake, wish, who.name)
    except (LookupError, ValueError) as error:
        raise refuse(422, str(error.args[0])) from None
    publish_tables(services.lake)
    with services.database.write() as con:
        record(con, who.name, "asset: request", made.id, f"{body.kind} {', '.join(body.names)} of {body.subject_id}")
    return RequestState(request_id=made.id, state=made.state)
