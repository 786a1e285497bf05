"""One server for all tenants: each request goes to the application of one tenant, and no further.

A tenant has an application of its own, with its own lake, operational database and keys. The host that a browser asks
for names the tenant; a program without such a host is known by its API key. The application then checks the key or
session against its own database alone, so that a wrong host gives 401 and never another tenant's rows.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from fastapi import FastAPI

    from resources.settings import Settings
    from resources.tenants import Tenant
    from serving.server import Only


def settings_of(tenant: "Tenant") -> "Settings":
    """A tenant's settings, whichever tenant this process works for."""
    import os

    from resources.settings import Settings
    from resources.tenants import CHOSEN

    before = os.environ.get(CHOSEN)
    os.environ[CHOSEN] = tenant.name
    try:
        return Settings()
    finally:
        if before is None:
            del os.environ[CHOSEN]
        else:
            os.environ[CHOSEN] = before


class TenantServer:
    """ASGI application over the applications of tenants.

    Args:
        apps: by the name of the tenant.
    """

    def __init__(self, apps: Mapping[str, "FastAPI"]) -> None:
        self.apps = dict(apps)
        self._by_host = {
            urlsplit(app.state.services.settings.public_url).netloc.lower(): app for app in self.apps.values()
        }

    @classmethod
    def of(cls, tenants: "list[Tenant]", only: "Only | None" = None) -> "TenantServer":
        """The server of some tenants."""
        from serving.server import create_server

        return cls({one.name: create_server(settings_of(one), only) for one in tenants})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request to its tenant."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        app = self._app_of(scope)
        if app is None:
            await _unknown(scope, receive, send)
        else:
            await app(scope, receive, send)

    def _app_of(self, scope: Any) -> "FastAPI | None":
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        found = self._by_host.get(headers.get("host", "").lower())
        if found is not None:
            return found
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = headers.get("x-api-key") or (token.strip() if scheme.lower() == "bearer" else "")
        for app in self.apps.values() if key else ():
            if app.state.services.identity_of_key(key) is not None:
                return app
        return None

    async def _live(self, receive: Any, send: Any) -> None:
        """Begin and end the applications with the server."""
        async with AsyncExitStack() as stack:
            await receive()
            for app in self.apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def _unknown(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request that names no tenant."""
    from starlette.responses import JSONResponse

    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 4401})
        return
    detail = "no tenant has this host, and no valid API key names one"
    body = {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": detail}
    headers = {"WWW-Authenticate": 'ApiKey realm="lacquer"', "Cache-Control": "no-store"}
    await JSONResponse(body, 401, headers, "application/problem+json")(scope, receive, send)
