"""Health, readiness, metrics, and which models serve. The first two need no key."""

import datetime as dt
import time

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from serving.api.access import Caller, Published, services_of
from serving.api.metrics import MEDIA_TYPE, exposition
from serving.api.problems import refuse
from serving.queries.models import model_scores, serving_models
from serving.queries.records import ModelScore

router = APIRouter(tags=["system"])
STALE_S = 30.0


class Health(BaseModel):
    """The process answers."""

    status: str = "ok"


class Readiness(BaseModel):
    """The server can answer from a published state."""

    status: str = "ready"
    published_state: int
    published_at: dt.datetime | None
    tables: int


class ServingModel(BaseModel):
    """A model version behind the newest forecasts."""

    model: str
    model_version: str
    horizon_days: int
    releases: int
    made_at: dt.datetime


class ModelInfo(BaseModel):
    """Which models serve, and how good all of them were in the backtest."""

    origin: dt.date | None
    serving: list[ServingModel]
    scores: list[ModelScore]


@router.get("/health")
def health() -> Health:
    """Whether the process answers. Needs no key."""
    return Health()


@router.get("/ready", responses={503: {"description": "nothing is published, or the lake cannot be read"}})
def ready(request: Request) -> Readiness:
    """Whether the server follows a lake with a published state. Needs no key."""
    publications = services_of(request).publications
    state = publications.reader().state
    if state.number < 0:
        raise refuse(503, "nothing is published yet: finish a run with lacquer run")
    if publications.is_following and time.monotonic() - publications.looked_at > STALE_S:
        raise refuse(503, "the lake could not be read for half a minute; the server's log says why")
    return Readiness(published_state=state.number, published_at=state.published_at, tables=len(state.versions))


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request, who: Caller) -> Response:
    """Metrics for Prometheus: requests, times, runs, rows, dead letters, freshness, forecast error and drift.

    Whoever sees some labels only gets requests and times: the other figures are of all labels together.
    """
    services = services_of(request)
    operation = services.operation if who.scope.is_whole else None
    return Response(exposition(services.publications, operation), media_type=MEDIA_TYPE)


@router.get("/model-info")
def model_info(published: Published) -> ModelInfo:
    """Which models serve the newest forecasts, and the scores of all models over past origins."""
    return ModelInfo(
        origin=published.origin,
        serving=[ServingModel(**row) for row in serving_models(published)],
        scores=model_scores(published),
    )
