"""Reports as PDF, and those that are mailed by the clock."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving.api.problems import refuse
from serving.api.routes.schedules import BuyerId, put_schedule, report_file, scheduled, take_schedule_away
from serving.copilot.wording import Language
from serving.exports.templates import TEMPLATES, Details
from serving.mailing.schedules import METRICS, NewSchedule
from serving.web.pages import Looking, view

router = APIRouter(prefix="/reports")
PAGE = "/reports/mail"
Text = Annotated[str, Form(max_length=4200)]
Words = Annotated[list[str] | None, Form(max_length=10)]


@router.get("/mail")
def page_of_reports(looking: Looking) -> HTMLResponse:
    """The reports that there are, and what is mailed to whom."""
    looking.needs("export")
    told: dict[str, Any] = {"templates": TEMPLATES, "schedules": scheduled(looking.services, looking.who)}
    return view(
        "schedules.html", looking, "reports", can_mail=looking.services.settings.mail_server is not None, **told
    )


@router.post("/mail")
def schedule(
    looking: Looking,
    name: Text,
    report: Text,
    addresses: Text,
    every: Annotated[Literal["day", "week", "month"], Form()] = "week",
    on: Annotated[int, Form()] = 1,
    hour: Annotated[int, Form()] = 6,
    zone: Annotated[str, Form(max_length=60)] = "UTC",
    form: Annotated[Literal["csv", "xlsx", "parquet"], Form()] = "xlsx",
    metric: Words = None,
    by: Words = None,
    last_days: Annotated[int, Form()] = 30,
    buyer_id: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Have a report mailed."""
    looking.needs("export")
    told: dict[str, Any] = {"name": name.strip(), "report": report, "every": every, "hour": hour, "form": form}
    told |= {"zone": zone.strip() or "UTC", "language": looking.language}
    told["buyer_id"] = buyer_id.strip() or None
    told |= {"on": 1 if every == "day" else on, "addresses": addresses.replace(",", " ").split()}
    if report == METRICS:
        told["question"] = {"metrics": metric or [], "group_by": [one for one in by or [] if one]}
        told["question"]["last_days"] = last_days
    try:
        what = NewSchedule.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        raise refuse(422, ": ".join([*map(str, first["loc"][:1]), first["msg"]])) from None
    put_schedule(looking.services, looking.who, looking.reader, what)
    return RedirectResponse(PAGE, 303)


@router.post("/mail/{schedule_id}/remove")
def remove(looking: Looking, schedule_id: Annotated[str, Path(max_length=40)]) -> Response:
    """Remove a scheduled report."""
    looking.needs("export")
    take_schedule_away(looking.services, looking.who, schedule_id)
    return RedirectResponse(PAGE, 303)


@router.get("/files/{name}")
def report(
    looking: Looking,
    name: Annotated[str, Path(max_length=40)],
    buyer_id: BuyerId = None,
    month: Annotated[str, Query(pattern=r"^((19|20|21)\d\d-(0[1-9]|1[0-2]))?$")] = "",
) -> Response:
    """A report as PDF."""
    looking.needs("export")
    first = dt.date.fromisoformat(f"{month}-01") if month else None
    language: Language = "de" if looking.language == "de" else "en"
    details = Details(buyer_id, first, language)
    return report_file(looking.reader, name, details)
