"""The page of weekly reports: a week in words, of the company, a label or an artist."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from serving.api.routes.narratives import narrative
from serving.web.pages import Looking, view

router = APIRouter()
Text = Annotated[str, Query(max_length=200)]


@router.get("/reports")
def reports(
    looking: Looking, label: Text = "", artist: Text = "", week: Annotated[str, Query(max_length=10)] = ""
) -> HTMLResponse:
    """The report of a week; what cannot be reported is said above the form."""
    report, problem = None, ""
    try:
        report = narrative(
            looking.reader,
            label or None,
            artist or None,
            week or None,
            language="de" if looking.language == "de" else "en",
        )
    except HTTPException as error:
        problem = str(error.detail)
    names: list[str] = []
    if looking.reader.has("gold.dim_release"):
        sql = "select distinct label_name as name from gold.dim_release where label_name is not null order by 1"
        names = [row["name"] for row in looking.reader.rows(sql)]
    asked = {"label": label, "artist": artist, "week": week}
    status = 422 if problem else 200
    return view(
        "report.html", looking, "reports", status, report=report, labels=names, asked=asked, problem=problem
    )  # fmt: skip
