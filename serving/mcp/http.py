"""The streamable HTTP transport: each request names an API key; other hosts and origins are refused."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from serving.mcp.access import set_asking

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send

    from serving.api.services import Services


class KeyNeeded:
    """Lets only requests with a valid API key pass, and says whose it is.

    Args:
        app: behind it.
        services: that know the keys.
    """

    def __init__(self, app: "ASGIApp", services: "Services") -> None:
        self._app, self._services = app, services

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer 401 without a key, 429 above the rate, or pass the request on."""
        if scope["type"] == "http":
            refused = await self._refusal(scope)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _refusal(self, scope: "Scope") -> Any:
        from starlette.concurrency import run_in_threadpool
        from starlette.datastructures import Headers
        from starlette.responses import JSONResponse

        headers = Headers(scope=scope)
        kind, _, token = headers.get("authorization", "").partition(" ")
        key = headers.get("x-api-key") or (token.strip() if kind.lower() == "bearer" else "")
        who = await run_in_threadpool(self._services.identity_of_key, key) if key else None
        if who is None:
            text = "send a valid API key as Authorization: Bearer or X-API-Key; lacquer keys makes one"
            return JSONResponse({"error": text}, 401, {"WWW-Authenticate": 'Bearer realm="lacquer"'})
        if not self._services.limiter.hit(self._services.rate, f"{who.kind}:{who.id}"):
            return JSONResponse({"error": f"more than {self._services.rate}"}, 429, {"Retry-After": "60"})
        set_asking(who)
        return None


def http_app(
    server: "MCPServer[Any]", services: "Services", hosts: Sequence[str], origins: Sequence[str]
) -> "Starlette":
    """The ASGI application at /mcp.

    Args:
        server: the MCP server.
        services: accounts and rates.
        hosts: values of the header Host that are served, such as `127.0.0.1:8001`.
        origins: values of the header Origin that are served; requests without one are.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    security = TransportSecuritySettings(allowed_hosts=list(hosts), allowed_origins=list(origins))
    # Without sessions each request stands for itself, so no session can outlive its key.
    app = server.streamable_http_app(stateless_http=True, json_response=True, transport_security=security)
    app.add_middleware(KeyNeeded, services=services)
    return app
