"""The catalogue: search as you type, filters, pages, stock."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from serving.api.paging import cursor_of, read_cursor
from serving.queries.catalogue import Filters, Page, facets, find_releases
from serving.queries.stock import stock_rows
from serving.web.pages import Looking, Viewer, page, view

router = APIRouter()
Sort = Literal["title", "-units", "-release_date", "release_id"]
Word = Annotated[str, Query(max_length=200)]
AT_ONCE = 50


def _page(looking: Viewer, filters: Filters, sort: Sort, cursor: str) -> Page:
    return find_releases(looking.reader, filters, sort=sort, limit=AT_ONCE, after=read_cursor(cursor, sort))


def _filters(q: str, label_id: str, genre: str, format_: str, risk: str) -> Filters:
    return Filters(q, label_id or None, None, genre or None, format_ or None, risk or None)


@router.get("/catalogue")
def catalogue(
    looking: Looking,
    q: Word = "",
    label_id: Word = "",
    genre: Word = "",
    format: Word = "",  # noqa: A002 # the name of the filter
    risk: Word = "",
    sort: Sort = "-units",
) -> HTMLResponse:
    """The page with its first rows."""
    found = _page(looking, _filters(q, label_id, genre, format, risk), sort, "")
    chosen = {"q": q, "label_id": label_id, "genre": genre, "format": format, "risk": risk, "sort": sort}
    return view(
        "catalogue.html",
        looking,
        "catalogue",
        releases=found.releases,
        cursor=cursor_of(sort, found.next_after),
        facets=facets(looking.reader),
        chosen=chosen,
    )


@router.get("/catalogue/rows")
def rows(
    looking: Looking,
    q: Word = "",
    label_id: Word = "",
    genre: Word = "",
    format: Word = "",  # noqa: A002 # the name of the filter
    risk: Word = "",
    sort: Sort = "-units",
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> HTMLResponse:
    """Rows alone, for the page to put in."""
    found = _page(looking, _filters(q, label_id, genre, format, risk), sort, cursor)
    chosen = {"q": q, "label_id": label_id, "genre": genre, "format": format, "risk": risk, "sort": sort}
    next_cursor = cursor_of(sort, found.next_after)
    return page("catalogue_rows.html", looking.language, releases=found.releases, cursor=next_cursor, chosen=chosen)


@router.get("/stock")
def stock(looking: Looking, risk: Word = "") -> HTMLResponse:
    """Stock, the shortest cover first."""
    rows = stock_rows(looking.reader, risk=risk or None, limit=200)
    return view("stock.html", looking, "stock", rows=rows, risk=risk)
