"""The brand of the installation whose page is rendered: name and colour."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.access import services_of

if TYPE_CHECKING:
    from resources.settings import Settings

router = APIRouter()
_name: ContextVar[str] = ContextVar("brand_name", default="Lacquer")


def brand_name() -> str:
    """What the dashboard is called for whoever asks now."""
    return _name.get()


class Brand:
    """ASGI middleware that gives each request the brand of its installation.

    Args:
        app: the application.
        settings: of the installation.
    """

    def __init__(self, app: Any, settings: "Settings") -> None:
        self.app, self.name = app, settings.brand_name

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] == "http":
            _name.set(self.name)
        await self.app(scope, receive, send)


@router.get("/brand.css")
def brand_css(request: Request) -> Response:
    """The colour of the installation as a style sheet; empty where none is set."""
    colour = services_of(request).settings.brand_colour
    text = "" if colour is None else f":root {{ --accent: {colour}; --accent-ink: {_ink(colour)}; }}\n"
    return Response(text, media_type="text/css", headers={"Cache-Control": "max-age=300"})


def _ink(colour: str) -> str:
    """Black or white, whichever stands out more on the colour (relative luminance of WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"
