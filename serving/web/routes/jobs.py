"""Work that the viewer starts, and its output as it happens."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Form
from markupsafe import escape
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from serving.api.problems import refuse
from serving.api.routes.jobs import JobId, LastPlace, begin_job, known_job
from serving.jobs.events import follow
from serving.jobs.work import RUNNING, Kind, jobs, log_of
from serving.web.pages import Looking, view
from serving.web.words import translate

router = APIRouter(prefix="/jobs")
KINDS = {
    "run": "Run: take up what is new, forecast, publish",
    "backtest": "Run, and measure the models first",
    "audio": "Hear what is new in the audio inbox",
    "report": "Write the forecast's page",
}
REPORT = "reports/forecast.html"
MOST_SHOWN = 200_000


@router.get("")
def overview(looking: Looking) -> HTMLResponse:
    """What can be started, and what was."""
    looking.needs("runs")
    services = looking.services
    kinds = {kind: words for kind, words in KINDS.items() if kind != "audio" or services.settings.inbox}
    has_report = (services.lake.root / REPORT).is_file()
    return view("jobs.html", looking, "jobs", kinds=kinds, jobs=jobs(services.database), has_report=has_report)


@router.post("")
def start(looking: Looking, kind: Annotated[Kind, Form()]) -> Response:
    """Start something and go to its page."""
    looking.needs("runs")
    return RedirectResponse(f"/jobs/{begin_job(looking.services, looking.who, kind).job_id}", 303)


@router.get("/forecast.html")
def forecast_page(looking: Looking) -> Response:
    """The forecast's page of all labels as one file, which needs no network."""
    looking.needs("runs")
    path = looking.services.lake.root / REPORT
    if not path.is_file():
        raise refuse(404, "the forecast's page has not been written yet")
    return FileResponse(path, media_type="text/html", filename="forecast.html")


@router.get("/{job_id}")
def one(looking: Looking, job_id: JobId) -> HTMLResponse:
    """One job: its output so far; the page follows it while it runs."""
    looking.needs("runs")
    found, log = known_job(looking.services, job_id), log_of(looking.services.lake, job_id)
    is_running, lines = found.status == RUNNING, []
    if not is_running and log.is_file():
        with log.open("rb") as file:
            lines = file.read(MOST_SHOWN).decode("utf-8", "replace").splitlines()
    words = KINDS.get(found.kind, found.kind)
    return view("job.html", looking, "jobs", job=found, words=words, lines=lines, is_running=is_running)


@router.get("/{job_id}/events")
def events(looking: Looking, job_id: JobId, last: LastPlace = "0") -> Response:
    """The output as it happens, as pieces of the page."""
    from sse_starlette.sse import EventSourceResponse

    looking.needs("runs")
    services = looking.services
    known_job(services, job_id)

    async def told() -> AsyncIterator[dict[str, Any]]:
        async for event in follow(services.database, services.lake, job_id, int(last)):
            if event.name == "line":
                yield {"id": str(event.place), "event": "line", "data": f"<li>{escape(event.text)}</li>"}
            else:
                status = translate(event.text.capitalize(), looking.language)
                yield {"event": "state", "data": f'<span class="pill {event.text}">{status}</span>'}
                yield {"event": "end", "data": event.text}

    return EventSourceResponse(told(), headers={"Cache-Control": "no-store"})
