"""Join the dashboard to the application: its pages, its files, and its errors as pages."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from serving.web import brand
from serving.web.brand import Brand
from serving.web.pages import browser_language, page
from serving.web.rendering import HERE
from serving.web.routes import (
    account,
    admin,
    audio,
    buyers,
    catalogue,
    copilot,
    drafts,
    entry,
    exports,
    hypothetical,
    jobs,
    metrics,
    models,
    oidc,
    overview,
    releases,
    reports,
    schedules,
    sections,
    views,
)

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
ROUTERS = (
    *(entry, oidc, audio, overview, catalogue, releases, hypothetical, buyers, models),
    *(sections, drafts, metrics, exports, jobs, account, admin, copilot, reports, schedules, views),
)
TITLES = {403: "Not allowed", 404: "Not found"}


def vendor_folder() -> Path:
    """The folder of htmx, which the package django-htmx brings along; Django itself is not used."""
    spec = find_spec("django_htmx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package django-htmx, which brings htmx, is not installed: make serve-tools")
    return Path(spec.submodule_search_locations[0]) / "static" / "django_htmx"


def join_pages(app: "FastAPI") -> None:
    """Add the dashboard to an application."""
    for module in ROUTERS:
        app.include_router(module.router, include_in_schema=False)
    app.include_router(brand.router, include_in_schema=False)
    app.add_middleware(Brand, settings=app.state.services.settings)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.mount("/vendor", StaticFiles(directory=vendor_folder()))


def error_page(request: "Request", error: HTTPException) -> Response:
    """The page for an error, or the redirect that it carries."""
    headers = dict(error.headers or {})
    if "Location" in headers:
        return RedirectResponse(headers["Location"], error.status_code)
    title = TITLES.get(error.status_code, "Something went wrong")
    answer = page("error.html", browser_language(request), error.status_code, title=title, detail=str(error.detail))
    answer.headers.update(headers)
    return answer
