"""Weekly reports in words, with every fact that they state."""

from typing import Annotated

from fastapi import APIRouter, Query

from serving.api.access import Published, Services_
from serving.api.problems import refuse
from serving.copilot.suggest import Suggester
from serving.copilot.wording import Language
from serving.queries.reader import Reader
from serving.reports.narrative import Narrative, weekly_narrative
from serving.reports.rephrase import rephrased
from serving.reports.subject import SubjectError, find_subject

router = APIRouter(tags=["reports"])
Name = Annotated[str | None, Query(max_length=200)]
WeekName = Annotated[str | None, Query(max_length=10, description="as 2026-W04 or a day in it; default: the newest")]


@router.get("/reports/weekly")
def weekly(
    services: Services_,
    published: Published,
    label: Name = None,
    artist: Name = None,
    week: WeekName = None,
    language: Language = "en",
    rephrase: Annotated[bool, Query(description="let the language model choose the words, never the numbers")] = False,
) -> Narrative:
    """What sold in a week, what changed and why, forecasts and misses, open alerts, what to do."""
    return narrative(published, label, artist, week, services.suggester if rephrase else None, language)


def narrative(
    reader: Reader,
    label: str | None,
    artist: str | None,
    week: str | None,
    suggester: Suggester | None = None,
    language: Language = "en",
) -> Narrative:
    """The report, in the model's words where one is given; 422 where there is no such label, artist or week."""
    try:
        told = weekly_narrative(reader, find_subject(reader, label, artist), week, language)
    except SubjectError as error:
        raise refuse(422, str(error)) from None
    return told if suggester is None else rephrased(told, suggester.model, suggester.budget)
