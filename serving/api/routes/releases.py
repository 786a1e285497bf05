"""Releases: pages of the catalogue, and one release with its forecast, stock, sales and buyers."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from serving.api.access import Published
from serving.api.paging import cursor_of, read_cursor, unchanged
from serving.api.problems import refuse
from serving.queries.buyers import buyers_of_release
from serving.queries.catalogue import Filters, find_releases
from serving.queries.projection import projection
from serving.queries.reader import Reader
from serving.queries.records import BuyerRow, Forecast, ReleaseDetail, ReleaseRow, SalesDay
from serving.queries.sales import sales_by_day

router = APIRouter(tags=["releases"])
ReleaseId = Annotated[str, Path(max_length=100, examples=["R000397"])]
Word = Annotated[str | None, Query(max_length=100)]


class ReleasePage(BaseModel):
    """A page of the catalogue; without `next_cursor` it is the last one."""

    releases: list[ReleaseRow]
    next_cursor: str | None


def known(reader: Reader, release_id: str) -> ReleaseDetail:
    """A release of the caller's scope; others do not exist for them."""
    found = projection(reader).detail(release_id)
    if found is None:
        raise refuse(404, f"no release {release_id!r}; GET /v1/releases lists those that you can see")
    return found


@router.get(
    "/releases", responses={304: {"description": "unchanged since the ETag you sent"}}, response_model=ReleasePage
)
def list_releases(
    request: Request,
    response: Response,
    published: Published,
    q: Annotated[str, Query(max_length=200, description="words of title, artist, label or number")] = "",
    label_id: Word = None,
    artist_id: Word = None,
    genre: Word = None,
    format: Word = None,  # noqa: A002 # the name of the filter
    stock_out_risk: Word = None,
    tag: Word = None,
    sort: Literal["title", "-units", "-release_date", "release_id"] = "title",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> ReleasePage | Response:
    """The catalogue, page by page. All filters must match."""
    after = read_cursor(cursor, sort)
    if unchanged(request, response, published, str(request.url.query)):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    filters = Filters(q, label_id, artist_id, genre, format, stock_out_risk, tag)
    page = find_releases(published, filters, sort=sort, limit=limit, after=after)
    return ReleasePage(releases=page.releases, next_cursor=cursor_of(sort, page.next_after))


@router.get(
    "/releases/{release_id}",
    responses={304: {"description": "unchanged since the ETag you sent"}},
    response_model=ReleaseDetail,
)
def one_release(
    request: Request, response: Response, release_id: ReleaseId, published: Published
) -> ReleaseDetail | Response:
    """One release with its newest forecast and its stock."""
    found = known(published, release_id)
    if unchanged(request, response, published, release_id):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return found


@router.get("/releases/{release_id}/sales")
def release_sales(
    release_id: ReleaseId, published: Published, days: Annotated[int, Query(ge=1, le=3660)] = 180
) -> list[SalesDay]:
    """The days on which a release sold, the newest day of the lake last."""
    known(published, release_id)
    return sales_by_day(published, release_id, days)


@router.get("/releases/{release_id}/buyers")
def release_buyers(
    release_id: ReleaseId, published: Published, limit: Annotated[int, Query(ge=1, le=500)] = 10
) -> list[BuyerRow]:
    """Who bought a release, those with most units first."""
    known(published, release_id)
    return buyers_of_release(published, release_id, limit)


@router.get("/forecast/{product_id}", tags=["forecast"], response_model=Forecast)
def forecast(
    request: Request,
    response: Response,
    product_id: ReleaseId,
    published: Published,
) -> Forecast | Response:
    """The newest forecast of a release: 30, 60 and 90 days with P10, P50 and P90, reasons, buyers to offer it to."""
    found = known(published, product_id)
    if unchanged(request, response, published, "forecast", product_id):
        return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    if found.forecast is None:
        raise refuse(404, f"release {product_id!r} has no forecast at the newest origin, {published.origin}")
    return found.forecast
