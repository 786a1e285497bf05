"""Logging in and out, and accepting an invitation."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from serving.accounts.invitations import accept, is_open
from serving.accounts.passwords import WeakPasswordError
from serving.accounts.sessions import begin_session, end_session
from serving.accounts.users import AccountError, LoginRefused, log_in
from serving.api.access import refuse_cross_site, services_of
from serving.api.problems import refuse
from serving.api.services import COOKIE, Services
from serving.web.pages import browser_language, page

router = APIRouter()
REFUSED = {
    "wrong": "Name, password or code is wrong.",
    "code": "Enter the code of your authenticator app.",
    "locked": "Too many attempts. Try again in a quarter of an hour.",
}
ATTEMPTS = "30/minute"  # of one address, whoever it tries to be


def safe_next(place: str) -> str:
    """A place of this server to go on to; anything else is the overview."""
    is_ours = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if is_ours and "\\" not in place else "/"


def with_session(services: Services, request: Request, user_id: str, place: str) -> Response:
    """Begin a session and go on to a place; whatever token the browser had is worthless from now on."""
    token = begin_session(services.database, services.hasher, user_id, request.cookies.get(COOKIE))
    answer = RedirectResponse(place, 303)
    is_secure = services.settings.public_url.startswith("https")
    answer.set_cookie(COOKIE, token, max_age=12 * 3600, httponly=True, samesite="lax", secure=is_secure, path="/")
    return answer


def count_attempt(services: Services, request: Request) -> None:
    """Count an attempt to log in against the address that it comes from."""
    from limits import parse

    address = request.client.host if request.client else "unknown"
    if not services.limiter.hit(parse(ATTEMPTS), "login", address):
        raise refuse(429, "too many attempts from this address; wait a minute", {"Retry-After": "60"})


def login_form(
    request: Request, place: str, error: str = "", *, status: int = 200, needs_code: bool = False, name: str = ""
) -> Response:
    """The page to log in on, with what was wrong with the last attempt."""
    told = {"error": error, "needs_code": needs_code, "name": name, "next": place}
    has_oidc = services_of(request).settings.oidc_issuer is not None
    return page("login.html", browser_language(request), status, has_oidc=has_oidc, **told)


@router.get("/login")
def login_page(request: Request, next: Annotated[str, Query(max_length=500)] = "/") -> Response:  # noqa: A002
    """The form."""
    return login_form(request, safe_next(next))


@router.post("/login")
def login(
    request: Request,
    name: Annotated[str, Form(max_length=120)],
    password: Annotated[str, Form(max_length=200)],
    code: Annotated[str, Form(max_length=10)] = "",
    next: Annotated[str, Form(max_length=500)] = "/",  # noqa: A002
) -> Response:
    """Log in."""
    refuse_cross_site(request)
    services, place = services_of(request), safe_next(next)
    count_attempt(services, request)
    user = log_in(services.database, name, password, code)
    if isinstance(user, LoginRefused):
        return login_form(request, place, REFUSED[user.reason], status=401, needs_code=user.needs_code, name=name)
    return with_session(services, request, user, place)


@router.post("/logout")
def logout(request: Request) -> Response:
    """End the session."""
    refuse_cross_site(request)
    services = services_of(request)
    if token := request.cookies.get(COOKIE):
        end_session(services.database, services.hasher, token)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/welcome")
def welcome_page(request: Request, token: Annotated[str, Query(max_length=100)]) -> Response:
    """The form of an invitation."""
    services = services_of(request)
    count_attempt(services, request)
    if not is_open(services.database, services.hasher, token):
        raise refuse(404, "this invitation was used, or has ended; ask for a new one")
    return page("welcome.html", browser_language(request), error="", name="", token=token)


@router.post("/welcome")
def welcome(
    request: Request,
    token: Annotated[str, Form(max_length=100)],
    name: Annotated[str, Form(max_length=120)],
    password: Annotated[str, Form(max_length=200)],
) -> Response:
    """Make the account."""
    refuse_cross_site(request)
    services = services_of(request)
    count_attempt(services, request)
    try:
        user_id = accept(services.database, services.hasher, token, name, password)
    except (AccountError, WeakPasswordError) as error:
        return page("welcome.html", browser_language(request), 422, error=str(error), name=name, token=token)
    return with_session(services, request, user_id, "/")
