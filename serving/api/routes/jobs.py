"""Jobs: start a run, an audio analysis or the forecast's page, and follow it as server-sent events."""

import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from serving.accounts.identity import Identity
from serving.api.access import allowed, services_of
from serving.api.once import IdempotencyKey, once
from serving.api.problems import refuse
from serving.jobs.events import follow
from serving.jobs.work import JobUnderWayError, Kind, job, jobs, start

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/jobs", tags=["jobs"])
MayRun = Annotated[Identity, Depends(allowed("runs"))]
JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
LastPlace = Annotated[str, Header(alias="Last-Event-ID", pattern=r"^\d{1,15}$")]


class NewJob(BaseModel):
    """What to do: run (without measuring models), backtest (a run that measures them), audio or report."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"kind": "run"}})

    kind: Kind


class JobState(BaseModel):
    """A job and what became of it: running, done or failed."""

    model_config = ConfigDict(from_attributes=True)

    job_id: str
    kind: str
    started_by: str
    started_at: dt.datetime
    status: str
    ended_at: dt.datetime | None


@router.post("", status_code=202, response_model=JobState)
def start_job(request: Request, body: NewJob, who: MayRun, key: IdempotencyKey = None) -> JSONResponse:
    """Start a job; 409 while another one changes the lake."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: begin_job(services, who, body.kind), 202)


@router.get("")
def list_jobs(request: Request, who: MayRun, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[JobState]:
    """Jobs, the newest first."""
    return [JobState.model_validate(one) for one in jobs(services_of(request).database, limit)]


@router.get("/{job_id}")
def one_job(request: Request, job_id: JobId, who: MayRun) -> JobState:
    """One job."""
    return JobState.model_validate(known_job(services_of(request), job_id))


@router.get("/{job_id}/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
def events(request: Request, job_id: JobId, who: MayRun, last: LastPlace = "0") -> Response:
    """The job's output as it happens (server-sent events `line`), then its `end`. `Last-Event-ID` goes on there."""
    from sse_starlette.sse import EventSourceResponse

    services = services_of(request)
    known_job(services, job_id)

    async def told() -> AsyncIterator[dict[str, Any]]:
        async for one in follow(services.database, services.lake, job_id, int(last)):
            name = "text" if one.name == "line" else "status"
            yield {"id": str(one.place), "event": one.name, "data": json.dumps({name: one.text})}

    return EventSourceResponse(told(), headers={"Cache-Control": "no-store"})


def begin_job(services: "Services", who: Identity, kind: Kind) -> JobState:
    """Start a job in somebody's name."""
    if kind == "audio" and services.settings.inbox is None:
        raise refuse(409, "this installation has no audio inbox: LACQUER_INBOX names one")
    try:
        return JobState.model_validate(start(services.database, services.lake, kind, who.name))
    except JobUnderWayError as error:
        raise refuse(409, str(error)) from None


def known_job(services: "Services", job_id: str) -> Any:
    """A job that there is."""
    found = job(services.database, job_id)
    if found is None:
        raise refuse(404, f"no job {job_id!r}")
    return found
