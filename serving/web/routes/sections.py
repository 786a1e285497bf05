"""Pages of tables that a lake may or may not have: alerts, decisions, recommendations, prices, reviews."""

from typing import Literal

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from serving.api.problems import refuse
from serving.queries.sections import section
from serving.web.pages import Looking, view

router = APIRouter()


@router.get("/sections/{name}")
def one_section(
    looking: Looking, name: Literal["alerts", "decisions", "recommendations", "prices", "reviews"]
) -> HTMLResponse:
    """The newest rows of a table, the most urgent first."""
    found = section(looking.reader, name, limit=200)
    if found is None:
        raise refuse(404, f"{name} are not published in this lake")
    return view("section.html", looking, name, section=found)
