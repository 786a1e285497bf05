"""Reports: which there are, their PDF, and those that are mailed by the clock."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from serving.accounts.identity import Identity
from serving.accounts.replies import as_utc
from serving.api.access import Published, Services_, allowed, services_of
from serving.api.once import IdempotencyKey, once
from serving.api.problems import refuse
from serving.copilot.wording import Language
from serving.exports.sheets import NothingToReportError
from serving.exports.templates import TEMPLATES, Details
from serving.mailing.delivery import last_message
from serving.mailing.rendering import answered
from serving.mailing.schedules import (
    NewSchedule,
    Schedule,
    ScheduleError,
    add_schedule,
    remove_schedule,
    schedules,
    visible_to,
)
from serving.metrics.layer import MetricError
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/reports", tags=["reports"])
BuyerId = Annotated[str | None, Query(max_length=100, description="of a buyer sheet")]
Month = Annotated[
    str | None, Query(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", description="of a royalty statement, as 2026-03")
]
MayExport = Annotated[Identity, Depends(allowed("export"))]


class ReportTemplate(BaseModel):
    """A report that is made of the published state."""

    name: str
    title: str
    wants: str


class ScheduledReport(BaseModel):
    """A report that is mailed by the clock, and what became of its newest mail."""

    schedule_id: str
    owner: str
    next_at: dt.datetime
    stopped: str | None
    last_state: str | None
    last_sent_at: dt.datetime | None
    last_error: str | None
    definition: NewSchedule


@router.get("")
def list_templates(who: MayExport) -> list[ReportTemplate]:
    """The reports that there are."""
    return [ReportTemplate(name=name, title=one.title, wants=one.wants) for name, one in TEMPLATES.items()]


@router.get("/schedules")
def list_schedules(services: Services_, who: MayExport) -> list[ScheduledReport]:
    """Your scheduled reports; an administrator sees everybody's."""
    return scheduled(services, who)


@router.post("/schedules", status_code=201, response_model=ScheduledReport)
def schedule(
    request: Request, published: Published, who: MayExport, body: NewSchedule, key: IdempotencyKey = None
) -> JSONResponse:
    """Have a report mailed each day, week or month, with the rows that you see at that moment."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: put_schedule(services, who, published, body), 201)


@router.delete("/schedules/{schedule_id}", status_code=204)
def unschedule(services: Services_, who: MayExport, schedule_id: Annotated[str, Path(max_length=40)]) -> None:
    """Remove a scheduled report; what waits to be sent is not sent any more."""
    take_schedule_away(services, who, schedule_id)


@router.get("/{name}", response_class=Response)
def report(
    published: Published,
    who: MayExport,
    name: Annotated[str, Path(max_length=40)],
    buyer_id: BuyerId = None,
    month: Month = None,
    language: Annotated[Language, Query(description="of the week in words")] = "en",
) -> Response:
    """A report as PDF, of what you see."""
    first = dt.date.fromisoformat(f"{month}-01") if month else None
    return report_file(published, name, Details(buyer_id, first, language))


def report_file(reader: Reader, name: str, details: Details) -> Response:
    """The answer that carries a report."""
    if name not in TEMPLATES:
        raise refuse(404, f"no report {name!r}; there are {', '.join(TEMPLATES)}")
    try:
        pdf = TEMPLATES[name].render(reader, details)
    except NothingToReportError as error:
        raise refuse(404, str(error)) from None
    headers = {"Content-Disposition": f'attachment; filename="{name}-{reader.last_day}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def scheduled(services: "Services", who: Identity) -> list[ScheduledReport]:
    """The scheduled reports that somebody may see."""
    with services.database.read() as con:
        return [_shown(one, last_message(con, one.schedule_id)) for one in schedules(con, visible_to(who))]


def put_schedule(services: "Services", who: Identity, reader: Reader, body: NewSchedule) -> ScheduledReport:
    """Keep a scheduled report, once its metrics could be answered."""
    if services.settings.mail_server is None:
        raise refuse(409, "no mail server is set, so no report could be sent: LACQUER_MAIL_SERVER names one")
    try:
        if body.question is not None:
            answered(reader, services.metric_layer, body.question)
        made = add_schedule(services.database, who, body, services.settings.mail_domains)
    except (MetricError, ScheduleError) as error:
        raise refuse(422, str(error)) from None
    return _shown(made, {})


def take_schedule_away(services: "Services", who: Identity, schedule_id: str) -> None:
    """Remove a scheduled report that somebody may see."""
    if not remove_schedule(services.database, schedule_id, who.name, visible_to(who)):
        raise refuse(404, f"no scheduled report {schedule_id!r}; GET /v1/reports/schedules lists yours")


def _shown(one: Schedule, last: dict[str, Any]) -> ScheduledReport:
    return ScheduledReport.model_validate(
        {
            "schedule_id": one.schedule_id,
            "owner": one.owner_name,
            "next_at": one.next_at,
            "stopped": one.stopped,
            "last_state": last.get("state"),
            "last_sent_at": as_utc(last["sent_at"]) if last.get("sent_at") else None,
            "last_error": last.get("error"),
            "definition": one.what,
        }
    )
