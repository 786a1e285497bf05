"""The overview, and the mark of freshness that every page keeps looking at."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from serving.exports.weekly import week_drawing
from serving.queries.overview import key_figures, rising, to_order
from serving.queries.sections import section
from serving.web.pages import Looking, page, view
from serving.web.words import translate

router = APIRouter()
NAMES = {"revenue": "Net revenue", "units": "Net units", "orders": "Orders", "buyers": "Buyers", "returned": "Returned"}


@router.get("/")
def overview(looking: Looking) -> HTMLResponse:
    """Key figures, the trend, and what to act on."""
    reader = looking.reader
    names = translate("this year", looking.language), translate("the year before", looking.language)
    drawing, has_before = week_drawing(reader, names)
    return view(
        "overview.html",
        looking,
        "overview",
        figures=[(NAMES[one.name], one) for one in key_figures(reader)],
        drawing=drawing,
        has_before=has_before,
        rising=rising(reader),
        to_order=to_order(reader),
        alerts=section(reader, "alerts", state="open", limit=6),
    )


@router.get("/fresh")
def fresh(looking: Looking, state: Annotated[int, Query()]) -> HTMLResponse:
    """Whether there is a newer state than the one that a page shows."""
    return page("fresh.html", looking.language, state=looking.reader.state, shown=state)
