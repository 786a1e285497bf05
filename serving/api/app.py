"""The API as an ASGI application."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from serving.api import problems
from serving.api.guard import API_POLICY, Guard
from serving.api.routes import (
    advice,
    alerts,
    audio,
    buyers,
    copilot,
    exports,
    feedback,
    jobs,
    landing,
    marketing,
    metrics_catalogue,
    narratives,
    overrides,
    predict,
    prices,
    releases,
    schedules,
    search,
    sharing,
    system,
    tags,
    views,
    webhooks,
)
from serving.api.services import Services
from serving.mailing.delivery import Post
from serving.mailing.worker import ReportMailer
from serving.telemetry.tracing import Tracing

if TYPE_CHECKING:
    from resources.settings import Settings

DESCRIPTION = """Forecasts, catalogue, buyers and stock of the published state; feedback, landing and overrides.

Send an API key as `X-API-Key` (`lacquer keys` makes one). Errors are problem documents (RFC 9457). Requests are
counted: `X-RateLimit-Limit`, `X-RateLimit-Remaining`, `X-RateLimit-Reset` (seconds). `X-Published-State` numbers the
state that an answer comes from; a request sees one state. Send an `Idempotency-Key` with what you must not do twice.
"""
RESPONSES: dict[int | str, dict[str, Any]] = {401: {"description": "no valid key"}, 429: {"description": "too many"}}
ROUTERS = (
    *(system, predict, releases, buyers, feedback, landing, overrides, sharing),
    *(exports, metrics_catalogue, alerts, advice, marketing, prices, audio, jobs, copilot, webhooks, narratives),
    *(schedules, tags, views, search),
)

# What a service of its own serves beside health, readiness and metrics.
SERVICES = {"forecast": (system, predict, releases, overrides), "decision": (system, advice, alerts, prices)}


@dataclass(frozen=True)
class Pages:
    """A dashboard to serve beside the API.

    Attributes:
        join: adds its routes to the application.
        error_page: renders an error.
        policy: its content security policy.
    """

    join: Callable[[FastAPI], None]
    error_page: "problems.ErrorPage"
    policy: str


def _mailer(services: Services) -> ReportMailer | None:
    """The thread that mails scheduled reports; None where no mail server is set."""
    server = services.settings.mail_server
    if server is None:
        return None
    return ReportMailer(
        Post(services.database, services.publications, services.metric_layer, server.get_secret_value())
    )


def _warm() -> None:
    """Import what the first change of an alert needs: seconds that nobody should wait for."""
    for module in ("resources.alerting", "ml.alerts.table"):
        import_module(module)


def create_app(
    settings: "Settings",
    *,
    has_api: bool = True,
    service: str | None = None,
    graphql: APIRouter | None = None,
    pages: Pages | None = None,
) -> FastAPI:
    """The API of an installation, with GraphQL and pages where they are given; it follows the lake while it runs.

    Without the API, health, readiness and metrics remain; `service` names a part of it to serve alone.
    """
    services = Services.of(settings)
    tracing = Tracing(settings.telemetry_endpoint, "lacquer-api")

    @asynccontextmanager
    async def following(_: FastAPI) -> AsyncIterator[None]:
        services.publications.start()
        warming = threading.Thread(target=_warm, name="warm")
        warming.start()
        mailer = _mailer(services)
        if mailer is not None:
            mailer.start()
        yield
        if mailer is not None:
            mailer.stop()
        warming.join()
        services.close()
        tracing.close()

    app = FastAPI(
        title="Lacquer",
        version="1",
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=following,
    )
    app.state.services = services
    responses: dict[int | str, dict[str, Any]] = {
        401: {"description": "no valid key"},
        429: {"description": "too many"},
    }
    v1 = APIRouter(prefix="/v1", responses=responses)
    for module in SERVICES[service] if service else ROUTERS if has_api else (system,):
        v1.include_router(module.router)
    if graphql is not None:
        v1.include_router(graphql, prefix="/graphql")
    app.include_router(v1)
    policies = {"/v1": API_POLICY}
    if pages is not None:
        pages.join(app)
        policies["/"] = pages.policy
    problems.install(app, pages.error_page if pages else None)
    is_secure = settings.public_url.startswith("https")
    app.add_middleware(Guard, policy_of=policies, is_secure=is_secure, tracing=tracing)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    return app
