"""Alerts: what just happened, and what people do about it."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import JSONResponse

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.once import IdempotencyKey, once
from serving.api.problems import refuse
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/triggers/alerts", tags=["alerts"])
MayAct = Annotated[Identity, Depends(allowed("alerts"))]
EXAMPLE: dict[str, JsonValue] = {"action": "acknowledge", "why": "ordered 300"}
STATES = {"acknowledge": "acknowledged", "snooze": "snoozed", "resolve": "resolved", "feedback": "feedback"}


class AlertAction(BaseModel):
    """What somebody does about an alert."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    action: Literal["acknowledge", "snooze", "resolve", "feedback"]
    why: str = Field(min_length=1, max_length=500, description="of feedback: useful or useless")
    until: dt.date | None = Field(None, description="last day of a snooze, or of an acknowledgement (default: a week)")


class AlertState(BaseModel):
    """The state of an alert after an action."""

    alert_id: str
    state: str
    until: dt.date | None


@router.get("")
def list_alerts(
    published: Published,
    state: Annotated[str | None, Query(max_length=20, examples=["open"])] = "open",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """Alerts, the most money at stake first; an empty state lists all."""
    if not published.has("gold.alerts"):
        return []
    sql = "select * from gold.alerts where $state = '' or state = $state order by rank, alert_id limit $most"
    return published.rows(sql, {"state": state or "", "most": limit})


@router.post("/{alert_id}/actions", response_model=AlertState)
def act_on_alert(
    request: Request,
    alert_id: Annotated[str, Path(max_length=40)],
    body: AlertAction,
    published: Published,
    who: MayAct,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Acknowledge, snooze or resolve an alert, or say whether it was useful."""
    services = services_of(request)
    return once(services, who, request, key, body, lambda: act_on(services, who, published, alert_id, body), 200)


def act_on(services: "Services", who: Identity, reader: Reader, alert_id: str, body: AlertAction) -> AlertState:
    """Act on an alert that its sender sees; the new state is published at once."""
    from lake.journals.alerts import read_events
    from resources.alerting import act

    found = reader.has("gold.alerts") and reader.one("select 1 from gold.alerts where alert_id = ?", [alert_id])
    if not found:
        raise refuse(404, f"no alert {alert_id!r}")
    until = body.until
    if body.action == "snooze" and until is None:
        raise refuse(422, "until: a snooze needs a last day, or it would hide the incident")
    if body.action == "acknowledge" and until is None:
        newest = read_events(services.lake)[1] or dt.datetime.now(dt.UTC).date()
        until = newest + dt.timedelta(days=7)
    try:
        one = act(services.lake, alert_id, STATES[body.action], who.name, body.why, until=until)
    except (LookupError, ValueError) as error:
        raise refuse(409, str(error.args[0])) from None
    with services.database.write() as con:
        record(con, who.name, f"alert: {body.action}", alert_id, body.why)
    return AlertState(alert_id=one.alert_id, state=one.state, until=one.until)
