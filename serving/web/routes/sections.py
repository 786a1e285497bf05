"""Pages of tables that a lake may or may not have: alerts, decisions, growth, prices and others."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving.accounts.sessions import session_of
from serving.api.problems import refuse
from serving.api.routes.alerts import AlertAction, act_on
from serving.api.routes.prices import PricesToApply, erp_file, put_prices
from serving.api.services import COOKIE, Services
from serving.queries.publications import LOOK_S
from serving.queries.recommended import APPLIED
from serving.queries.sections import section
from serving.web.pages import Looking, title_of, view
from serving.web.rendering import rendered

router = APIRouter()
MOST_ROWS = 200
FOLLOWED_S = 3600.0  # a browser connects again by itself


@router.get("/sections/{name}")
def one_section(
    looking: Looking,
    name: Literal["alerts", "decisions", "growth", "listings", "recommendations", "prices", "reviews"],
    saved: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """The newest rows of a table, the most urgent first."""
    found = section(looking.reader, name, limit=MOST_ROWS)
    if found is None:
        raise refuse(404, f"{name} are not published in this lake")
    return view("section.html", looking, name, section=found, has_applied=looking.reader.has(APPLIED), saved=saved)


def alerts_now(services: Services, token: str) -> str | None:
    """The table of the inbox as the session sees it now; None when the session has ended."""
    session = session_of(services.database, services.hasher, token)
    if session is None:
        return None
    reader = services.publications.reader(session.identity.scope)
    found = section(reader, "alerts", limit=MOST_ROWS)
    return rendered(
        "section_rows.html",
        session.language,
        section=found,
        with_actions=session.identity.may("alerts"),
        title_of=partial(title_of, reader),
    )


@router.get("/sections/alerts/events")
def alert_events(looking: Looking, request: Request, state: Annotated[int, Query()]) -> Response:
    """The table of the inbox after each publication that follows a state, for the pages that show it."""
    from sse_starlette.sse import EventSourceResponse

    services, token = looking.services, request.cookies.get(COOKIE, "")

    async def told() -> AsyncIterator[dict[str, Any]]:
        known, until = state, time.monotonic() + FOLLOWED_S
        while time.monotonic() < until:
            number = services.publications.number
            if number != known:
                table = await asyncio.to_thread(alerts_now, services, token)
                if table is None:
                    return
                known = number
                yield {"event": "alerts", "data": table}
            await asyncio.sleep(LOOK_S)

    return EventSourceResponse(told(), headers={"Cache-Control": "no-store"})


@router.post("/sections/alerts/{alert_id}")
def act_on_alert(
    looking: Looking,
    alert_id: Annotated[str, Path(max_length=40)],
    action: Annotated[Literal["acknowledge", "snooze", "resolve"], Form()],
    why: Annotated[str, Form(min_length=1, max_length=500)],
    until: Annotated[str, Form(max_length=10, pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
) -> Response:
    """Acknowledge, snooze or resolve an alert; open pages notice the new publication."""
    looking.needs("alerts")
    try:
        body = AlertAction(action=action, why=why, until=dt.date.fromisoformat(until) if until else None)
    except ValueError as error:
        raise refuse(422, f"until: {error}") from None
    act_on(looking.services, looking.who, looking.reader, alert_id, body)
    looking.services.publications.refresh()
    return RedirectResponse("/sections/alerts", 303)


@router.get("/sections/prices/applied.csv")
def applied_prices_file(looking: Looking) -> Response:
    """Applied prices as the ERP reads them."""
    return erp_file(looking.reader, None)


@router.post("/sections/prices/apply")
def apply_prices(
    looking: Looking,
    why: Annotated[str, Form(min_length=1, max_length=500)],
    chosen: Annotated[list[Annotated[str, Form(max_length=140)]], Form(max_length=5000)],
) -> Response:
    """Apply the prices that were chosen, all of them or none."""
    looking.needs("prices")
    pairs = [one.partition(" ") for one in chosen]
    told = {"why": why, "prices": [{"strategy": strategy, "release_id": release} for strategy, _, release in pairs]}
    try:
        body = PricesToApply.model_validate(told)
    except ValidationError as error:
        raise refuse(422, error.errors()[0]["msg"]) from None
    put_prices(looking.services, looking.who, looking.reader, body)
    looking.services.publications.refresh()
    return RedirectResponse("/sections/prices?saved=yes", 303)
