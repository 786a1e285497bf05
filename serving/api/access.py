"""Who asks, what they may do, and which rows they see: dependencies of every route.

A request names itself by an API key (`X-API-Key`, or `Authorization: Bearer`) or, from a browser, by a session cookie.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from serving.accounts.identity import Identity
from serving.api.problems import refuse
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.api.services import Services

API_KEY = APIKeyHeader(name="X-API-Key", auto_error=False, description="an API key with the permissions it needs")
BEARER = HTTPBearer(auto_error=False, description="the same key as a bearer token")


def services_of(request: Request) -> "Services":
    """What the server's requests share."""
    return cast("Services", request.app.state.services)


def identity(
    request: Request,
    response: Response,
    key: Annotated[str | None, Security(API_KEY)] = None,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
) -> Identity:
    """Who asks; counts the request against their rate."""
    services = services_of(request)
    token = key or (bearer.credentials if bearer else None)
    found = services.identity_of_key(token) if token else _of_browser(services, request)
    if found is None:
        raise refuse(401, "send a valid API key as X-API-Key", {"WWW-Authenticate": 'ApiKey realm="lacquer"'})
    response.headers.update(count_request(services, found))
    return found


def _of_browser(services: "Services", request: Request) -> Identity | None:
    """Whose session the browser has; another site must not use it to change anything."""
    session = services.session(request)
    if session is None:
        return None
    refuse_cross_site(request)
    return session.identity


def refuse_cross_site(request: Request) -> None:
    """Refuse a request that changes something and that a page of another site has made the browser send."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    sent_by, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = services_of(request).settings.public_url
    if sent_by not in (None, "same-origin") or (sent_by is None and origin not in (None, own)):
        raise refuse(403, "this request comes from another site")


def count_request(services: "Services", who: Identity) -> dict[str, str]:
    """Count a request against its sender's rate; the headers that report it."""
    name = f"{who.kind}:{who.id}"
    allowed = services.limiter.hit(services.rate, name)
    window = services.limiter.get_window_stats(services.rate, name)
    wait = max(1, round(window.reset_time - time.time()))
    headers = {
        "X-RateLimit-Limit": str(services.rate.amount),
        "X-RateLimit-Remaining": str(max(0, window.remaining)),
        "X-RateLimit-Reset": str(wait),
    }
    if not allowed:
        raise refuse(429, f"more than {services.rate}; try again in {wait} s", {**headers, "Retry-After": str(wait)})
    return headers


def allowed(permission: str) -> Callable[..., Identity]:
    """The dependency that lets only those with a permission pass."""

    def check(who: Annotated[Identity, Depends(identity)]) -> Identity:
        if not who.may(permission):
            raise refuse(403, f"this needs the permission {permission!r}, which {who.name} does not have here")
        return who

    return check


def reader(request: Request, response: Response, who: Annotated[Identity, Depends(allowed("read"))]) -> Reader:
    """The newest published state as the sender may see it; the whole request reads this one."""
    found = services_of(request).publications.reader(who.scope)
    response.headers["X-Published-State"] = str(found.state.number)
    return found


Services_ = Annotated[Any, Depends(services_of)]
Caller = Annotated[Identity, Depends(allowed("read"))]
Published = Annotated[Reader, Depends(reader)]
