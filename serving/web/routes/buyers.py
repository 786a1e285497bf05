"""Buyers: a searchable list, and the page of one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import HTMLResponse

from ml.reporting.trends import columns
from serving.api.problems import refuse
from serving.queries.buyers import find_buyers, releases_for_buyer
from serving.queries.sales import sales_by_month
from serving.web.formats import day
from serving.web.pages import Looking, page, view
from serving.web.words import translate

router = APIRouter()
Words = Annotated[str, Query(max_length=100)]


@router.get("/buyers")
def buyers(looking: Looking, q: Words = "") -> HTMLResponse:
    """The page with those who buy most."""
    return view("buyers.html", looking, "buyers", buyers=find_buyers(looking.reader, words=q, limit=100), q=q)


@router.get("/buyers/rows")
def rows(looking: Looking, q: Words = "") -> HTMLResponse:
    """Rows alone, for the page to put in."""
    found = find_buyers(looking.reader, words=q, limit=100)
    return page("buyer_rows.html", looking.language, buyers=found, currency=looking.reader.house_currency)


@router.get("/buyers/{buyer_id}")
def buyer(looking: Looking, buyer_id: Annotated[str, Path(max_length=100)]) -> HTMLResponse:
    """One buyer: figures, revenue per month, and what to offer."""
    found = find_buyers(looking.reader, buyer_id=buyer_id, limit=1)
    if not found:
        raise refuse(404, f"no buyer {buyer_id!r}")
    months = sales_by_month(looking.reader, buyer_id=buyer_id)[-24:]
    drawing = None
    if months:
        values = [float(one.net_revenue) for one in months]
        says = f"{translate('Revenue', looking.language)}: {sum(values):,.0f}"
        drawing = columns([one.day for one in months], values, says, lambda one: day(one, looking.language))
    offers = releases_for_buyer(looking.reader, buyer_id, 20)
    return view("buyer.html", looking, "buyers", buyer=found[0], drawing=drawing, offers=offers)
