"""What people keep of the catalogue: saved views, and tags on releases."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving.accounts.views import saved_views
from serving.api.problems import refuse
from serving.api.routes.tags import Tagging, put_tag, take_tag_off
from serving.api.routes.views import NewView, put_view, take_view_away
from serving.queries.catalogue import Filters, find_releases
from serving.web.pages import Looking, Viewer, page
from serving.web.words import translate

router = APIRouter()
Word = Annotated[str, Form(max_length=200)]
ReleaseId = Annotated[str, Path(max_length=100)]
MOST_TAGGED = 5000


def sent_filters(
    q: Word = "",
    label_id: Word = "",
    genre: Word = "",
    format: Word = "",  # noqa: A002 # the name of the filter
    risk: Word = "",
    tag: Word = "",
    sort: Word = "",
) -> dict[str, str]:
    """The filters of the page that a form was sent with."""
    given = {"q": q, "label_id": label_id, "genre": genre, "format": format, "risk": risk, "tag": tag, "sort": sort}
    return {name: value for name, value in given.items() if value}


Sent = Annotated[dict[str, str], Depends(sent_filters)]


def _views(looking: Viewer) -> HTMLResponse:
    views = saved_views(looking.services.database, looking.who)
    return page("catalogue_views.html", looking.language, views=views)


def _valid(kind: Any, told: dict[str, Any]) -> Any:
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        raise refuse(422, ": ".join([*map(str, error.errors()[0]["loc"][:1]), error.errors()[0]["msg"]])) from None


@router.post("/catalogue/views")
def save(looking: Looking, filters: Sent, name: Annotated[str, Form(max_length=200)]) -> HTMLResponse:
    """Save the filters under a name; the list of views, for the page to put in."""
    put_view(looking.services, looking.who, _valid(NewView, {"name": name.strip(), "filters": filters}))
    return _views(looking)


@router.post("/catalogue/views/{view_id}/remove")
def remove(looking: Looking, view_id: Annotated[str, Path(max_length=40)]) -> HTMLResponse:
    """Remove a view; the list of the others."""
    take_view_away(looking.services, looking.who, view_id)
    return _views(looking)


@router.post("/catalogue/tags")
def tag_found(looking: Looking, filters: Sent, new_tag: Annotated[str, Form(max_length=200)]) -> HTMLResponse:
    """Put a tag on every release that the filters find; what was done, for the page to put in."""
    looking.needs("tags")
    chosen = {"words": filters.get("q", ""), "stock_out_risk": filters.get("risk")}
    chosen |= {name: filters.get(name) for name in ("label_id", "genre", "format", "tag")}
    found = find_releases(looking.reader, Filters(**chosen), limit=MOST_TAGGED)  # type: ignore[arg-type]
    if found.next_after is not None or not found.releases:
        raise refuse(422, f"the filters find no release, or more than {MOST_TAGGED}; choose others")
    body = _valid(Tagging, {"tag": new_tag, "release_ids": [one.release_id for one in found.releases]})
    put_tag(looking.services, looking.who, looking.reader, body)
    words = translate("releases are tagged", looking.language)
    return page("tagged.html", looking.language, tag=body.tag, count=len(body.release_ids), words=words)


@router.post("/releases/{release_id}/tags")
def tag_one(looking: Looking, release_id: ReleaseId, new_tag: Annotated[str, Form(max_length=200)]) -> Response:
    """Put a tag on a release."""
    looking.needs("tags")
    body = _valid(Tagging, {"tag": new_tag, "release_ids": [release_id]})
    put_tag(looking.services, looking.who, looking.reader, body)
    looking.services.publications.refresh()
    return RedirectResponse(f"/releases/{release_id}?saved=tag", 303)


@router.post("/releases/{release_id}/tags/remove")
def untag_one(looking: Looking, release_id: ReleaseId, tag: Annotated[str, Form(max_length=40)]) -> Response:
    """Take a tag off a release."""
    looking.needs("tags")
    take_tag_off(looking.services, looking.who, looking.reader, release_id, tag)
    looking.services.publications.refresh()
    return RedirectResponse(f"/releases/{release_id}?saved=tag", 303)
