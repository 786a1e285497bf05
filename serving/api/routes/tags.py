"""Tags of releases: which there are, putting one on many releases, taking one off."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from lake.journals.tags import plain_tag
from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.once import IdempotencyKey, once
from serving.api.problems import refuse
from serving.api.routes.releases import ReleaseId, known
from serving.queries.reader import Reader
from serving.queries.tags import all_tags, tags_of

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(tags=["releases"])
MayTag = Annotated[Identity, Depends(allowed("tags"))]
Tag = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f,/]+$")]


def _plain(tag: str) -> str:
    found = plain_tag(tag)
    if not found:
        raise ValueError("a tag has at least one letter")
    return found


class TagCount(BaseModel):
    """A tag, and on how many of the releases that you see it is."""

    tag: str
    releases: int


class Tagging(BaseModel):
    """A tag, and the releases to put it on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"tag": "spring list", "release_ids": ["R000397", "R000387"]}}
    )

    tag: Annotated[Tag, AfterValidator(_plain)]
    release_ids: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(min_length=1, max_length=5000)


class Tagged(BaseModel):
    """The tag stands on these releases."""

    tag: str
    release_ids: list[str]


@router.get("/tags")
def list_tags(published: Published) -> list[TagCount]:
    """Every tag; `GET /v1/releases?tag=…` lists the releases of one."""
    return [TagCount(tag=tag, releases=releases) for tag, releases in all_tags(published).items()]


@router.post("/tags", status_code=201, response_model=Tagged)
def tag_releases(
    request: Request, published: Published, who: MayTag, body: Tagging, key: IdempotencyKey = None
) -> JSONResponse:
    """Put a tag on releases, all of them or none. It belongs to the house: whoever sees a release sees its tags."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: put_tag(services, who, published, body), 201)


@router.get("/releases/{release_id}/tags")
def release_tags(release_id: ReleaseId, published: Published) -> list[str]:
    """The tags of a release."""
    known(published, release_id)
    return tags_of(published, release_id)


@router.delete("/releases/{release_id}/tags/{tag}", status_code=204)
def untag(
    request: Request, release_id: ReleaseId, published: Published, who: MayTag, tag: Annotated[str, Path(max_length=40)]
) -> None:
    """Take a tag off a release."""
    take_tag_off(services_of(request), who, published, release_id, tag)


def put_tag(services: "Services", who: Identity, reader: Reader, body: Tagging) -> Tagged:
    """Put a tag on releases that its sender sees, and publish it."""
    from lake.journals.tags import KEY, add_tag

    releases = sorted(set(body.release_ids))
    for one in releases:
        known(reader, one)
    services.lake.publish({KEY: add_tag(services.lake, body.tag, releases, who.name)}, "tag")
    with services.database.write() as con:
        record(con, who.name, "tagged", body.tag, ", ".join(releases))
    return Tagged(tag=body.tag, release_ids=releases)


def take_tag_off(services: "Services", who: Identity, reader: Reader, release_id: str, tag: str) -> None:
    """Take a tag off a release that its sender sees, and publish it."""
    from lake.journals.tags import KEY, remove_tag

    known(reader, release_id)
    if tag not in tags_of(reader, release_id):
        raise refuse(404, f"release {release_id!r} has no tag {tag!r}")
    services.lake.publish({KEY: remove_tag(services.lake, tag, [release_id])}, "untag")
    with services.database.write() as con:
        record(con, who.name, "tag removed", tag, release_id)
