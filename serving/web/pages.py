"""Rendering: templates with the reader's language, and who is looking at them."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from serving.accounts.identity import Identity
from serving.api.access import count_request, refuse_cross_site, services_of
from serving.queries.drafts import ASSETS
from serving.queries.projection import projection
from serving.queries.reader import Reader
from serving.queries.sections import published_sections
from serving.web import formats
from serving.web.brand import brand_name
from serving.web.rendering import rendered

if TYPE_CHECKING:
    from serving.api.services import Services


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page, what they see, and in which language."""

    services: "Services"
    who: Identity
    language: str
    has_totp: bool
    reader: Reader

    def needs(self, permission: str) -> None:
        """End the request where the viewer may not do something."""
        if not self.who.may(permission):
            raise HTTPException(403, f"this needs the permission {permission!r}")


def viewer(request: Request) -> Viewer:
    """The viewer of a page; nobody is sent to the login."""
    services = services_of(request)
    session = services.session(request)
    if session is None:
        if request.headers.get("hx-request"):
            raise HTTPException(401, headers={"HX-Redirect": "/login"})
        raise HTTPException(303, headers={"Location": f"/login?next={quote(request.url.path)}"})
    refuse_cross_site(request)
    count_request(services, session.identity)
    reader = services.publications.reader(session.identity.scope)
    return Viewer(services, session.identity, session.language, session.has_totp, reader)


Looking = Annotated[Viewer, Depends(viewer)]


def browser_language(request: Request) -> str:
    """The language that the browser asks for, where it is one of ours."""
    asked = request.headers.get("accept-language", "")[:2].lower()
    return asked if asked in formats.LANGUAGES else "en"


def page(template: str, language: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A rendered template in a language."""
    text = rendered(template, language, brand_name=brand_name(), **values)
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})


def view(template: str, looking: Viewer, place: str = "", status: int = 200, /, **values: Any) -> HTMLResponse:
    """A page of the dashboard with its menu.

    Args:
        template: its name.
        looking: the viewer.
        place: the entry of the menu that is open.
        status: of the answer.
        values: for the template.
    """
    return page(
        template,
        looking.language,
        status,
        who=looking.who,
        place=place,
        state=looking.reader.state,
        origin=looking.reader.origin,
        last_day=looking.reader.last_day,
        currency=looking.reader.house_currency,
        sections=published_sections(looking.reader),
        has_assets=looking.reader.has(ASSETS),
        title_of=partial(title_of, looking.reader),
        **values,
    )


def title_of(reader: Reader, release_id: str) -> str:
    """The title of a release, or its number where it has none."""
    found = projection(reader).releases.get(release_id)
    return (found.title if found else None) or release_id
