"""The catalogue: search as you type, filters, pages, stock."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import HTMLResponse

from serving.accounts.views import saved_views
from serving.api.paging import cursor_of, read_cursor
from serving.queries.catalogue import Filters, Page, facets, find_releases, releases_of
from serving.queries.records import ReleaseRow
from serving.queries.search.find import search_of
from serving.queries.stock import stock_rows
from serving.queries.tags import all_tags
from serving.web.pages import Looking, Viewer, page, view

router = APIRouter()
Sort = Literal["title", "-units", "-release_date", "release_id"]
Word = Annotated[str, Query(max_length=200)]
AT_ONCE = 50


def asked(
    q: Word = "",
    label_id: Word = "",
    genre: Word = "",
    format: Word = "",  # noqa: A002 # the name of the filter
    risk: Word = "",
    tag: Word = "",
    sort: Sort = "-units",
) -> dict[str, Any]:
    """The filters and the order that a page is asked for."""
    return {"q": q, "label_id": label_id, "genre": genre, "format": format, "risk": risk, "tag": tag, "sort": sort}


Asked = Annotated[dict[str, Any], Depends(asked)]


def _page(looking: Viewer, chosen: dict[str, Any], cursor: str) -> Page:
    values = {name: value or None for name, value in chosen.items()}
    exact = {name: values[name] for name in ("label_id", "genre", "format", "tag")}
    filters, sort = Filters(chosen["q"], stock_out_risk=values["risk"], **exact), chosen["sort"]
    found = find_releases(looking.reader, filters, sort=sort, limit=AT_ONCE, after=read_cursor(cursor, sort))
    is_searched = chosen["q"].strip() and not (values["risk"] or values["tag"])
    return found if found.releases or cursor or not is_searched else Page(_nearest(looking, chosen), None)


def _nearest(looking: Viewer, chosen: dict[str, Any]) -> list[ReleaseRow]:
    """Where nothing has exactly the words: what is spelt alike, has the number, or the mood, the best first."""
    filters = {name: chosen[name] for name in ("label_id", "genre", "format") if chosen[name]}
    hits = search_of(looking.reader, looking.services.settings.sentence_model).find(chosen["q"], filters, AT_ONCE)
    return releases_of(looking.reader, [one.release_id for one in hits])


@router.get("/catalogue")
def catalogue(looking: Looking, chosen: Asked) -> HTMLResponse:
    """The page with its first rows."""
    found = _page(looking, chosen, "")
    return view(
        "catalogue.html",
        looking,
        "catalogue",
        releases=found.releases,
        cursor=cursor_of(chosen["sort"], found.next_after),
        facets=facets(looking.reader) | {"tag": [{"id": one, "name": one} for one in all_tags(looking.reader)]},
        views=saved_views(looking.services.database, looking.who),
        chosen=chosen,
    )


@router.get("/catalogue/rows")
def rows(looking: Looking, chosen: Asked, cursor: Annotated[str, Query(max_length=2000)] = "") -> HTMLResponse:
    """Rows alone, for the page to put in."""
    found = _page(looking, chosen, cursor)
    next_cursor = cursor_of(chosen["sort"], found.next_after)
    return page("catalogue_rows.html", looking.language, releases=found.releases, cursor=next_cursor, chosen=chosen)


@router.get("/stock")
def stock(looking: Looking, risk: Word = "") -> HTMLResponse:
    """Stock, the shortest cover first."""
    rows = stock_rows(looking.reader, risk=risk or None, limit=200)
    return view("stock.html", looking, "stock", rows=rows, risk=risk)
