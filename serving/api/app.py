"""The API as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

from serving.api import problems
from serving.api.guard import Guard
from serving.api.routes import buyers, feedback, landing, overrides, predict, releases, system
from serving.api.services import Services

if TYPE_CHECKING:
    from resources.settings import Settings

DESCRIPTION = """Forecasts, catalogue, buyers and stock of the published state; feedback, landing and overrides.

Send an API key as `X-API-Key` (`lacquer keys` makes one). Errors are problem documents (RFC 9457). Requests are
counted: `X-RateLimit-Limit`, `X-RateLimit-Remaining`, `X-RateLimit-Reset` (seconds). `X-Published-State` numbers the
state that an answer comes from; a request sees one state. Send an `Idempotency-Key` with what you must not do twice.
"""
ROUTERS = (system, predict, releases, buyers, feedback, landing, overrides)


def create_app(settings: "Settings") -> FastAPI:
    """The API of an installation; it follows the lake while it runs."""
    services = Services.of(settings)

    @asynccontextmanager
    async def following(_: FastAPI) -> AsyncIterator[None]:
        services.publications.start()
        yield
        services.close()

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
    v1 = APIRouter(prefix="/v1", responses={401: {"description": "no valid API key"}, 429: {"description": "too many"}})
    for module in ROUTERS:
        v1.include_router(module.router)
    app.include_router(v1)
    problems.install(app)
    app.add_middleware(Guard, is_secure=settings.public_url.startswith("https"))
    return app
