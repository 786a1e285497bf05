"""Sign-in by the organisation's OpenID Connect provider: to it, and back.

What a sign-in needs to come back (state, nonce, PKCE verifier, the page to go on to) is kept in a signed cookie of
the browser that began it, so that any worker can finish it and no other browser can.
"""

import hmac
import json
import logging
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from serving.accounts.oidc import OidcError, Provider
from serving.accounts.provided import NotAdmittedError, signed_in
from serving.api.access import services_of
from serving.api.problems import refuse
from serving.api.services import Services
from serving.web.routes.entry import count_attempt, login_form, safe_next, with_session

router = APIRouter(prefix="/login/oidc")
COOKIE = "lacquer_signin"
LASTS_S = 600
PATH = "/login/oidc"
ENDED = "This sign-in has ended or began in another browser. Try again."
REFUSED = "Your organisation refused the sign-in."
UNREACHED = "The sign-in server of your organisation cannot be reached or gave an invalid answer."
log = logging.getLogger(__name__)


def _provider(services: Services) -> Provider:
    if services.provider is None:
        raise refuse(404, "no sign-in provider is set up: LACQUER_OIDC_ISSUER")
    return services.provider


def _callback(services: Services) -> str:
    return f"{services.settings.public_url}{PATH}/callback"


def _sealed(services: Services, kept: dict[str, Any]) -> str:
    body = urlsafe_b64encode(json.dumps(kept).encode()).decode()
    return f"{body}.{services.hasher.hash('signin ' + body)}"


def _opened(services: Services, cookie: str) -> dict[str, Any] | None:
    """What the cookie keeps; None when it is not ours, or too old."""
    body, _, seal = cookie.partition(".")
    if not hmac.compare_digest(services.hasher.hash("signin " + body).encode(), seal.encode("utf-8", "replace")):
        return None
    kept: dict[str, Any] = json.loads(urlsafe_b64decode(body))
    return kept if time.time() - kept["at"] < LASTS_S else None


@router.get("")
def begin(request: Request, next: Annotated[str, Query(max_length=500)] = "/") -> Response:  # noqa: A002
    """Send the browser to the provider."""
    services = services_of(request)
    provider = _provider(services)
    count_attempt(services, request)
    place = safe_next(next)
    try:
        started = provider.start(_callback(services))
    except OidcError as error:
        log.warning("sign-in: %s", error)
        return login_form(request, place, UNREACHED, status=503)
    kept = {"state": started.state, "nonce": started.nonce, "verifier": started.verifier, "next": place}
    answer = RedirectResponse(started.address, 303)
    is_secure = services.settings.public_url.startswith("https")
    sealed = _sealed(services, kept | {"at": time.time()})
    answer.set_cookie(COOKIE, sealed, max_age=LASTS_S, httponly=True, samesite="lax", secure=is_secure, path=PATH)
    return answer


@router.get("/callback")
def callback(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Finish a sign-in that this browser began."""
    services = services_of(request)
    provider = _provider(services)
    count_attempt(services, request)
    answer = _finished(services, provider, request, state, code, error, iss)
    answer.delete_cookie(COOKIE, path=PATH)  # a sign-in is finished once
    return answer


def _finished(
    services: Services, provider: Provider, request: Request, state: str, code: str, error: str, iss: str
) -> Response:
    kept = _opened(services, request.cookies.get(COOKIE, ""))
    if kept is None or not hmac.compare_digest(kept["state"].encode(), state.encode("utf-8", "replace")):
        return login_form(request, "/", ENDED, status=400)
    place, settings = safe_next(kept["next"]), services.settings
    if error or not code or (iss and iss != provider.issuer):
        return login_form(request, place, REFUSED, status=401)
    try:
        claims = provider.finish(_callback(services), code, kept["verifier"], kept["nonce"])
    except OidcError as refused:
        log.warning("sign-in: %s", refused)
        return login_form(request, place, UNREACHED, status=401)
    rules = settings.oidc_roles_claim, settings.oidc_roles, settings.oidc_labels_claim
    try:
        user_id = signed_in(services.database, provider.issuer, claims, *rules)
    except NotAdmittedError as refused:
        return login_form(request, place, str(refused), status=403)
    return with_session(services, request, user_id, place)
