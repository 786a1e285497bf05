"""The viewer's own account: language, password, authenticator app."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving.accounts.passwords import WeakPasswordError, new_totp_secret, totp_address, totp_step
from serving.accounts.users import LoginRefused, change_user, log_in
from serving.web.pages import Looking, Viewer, view
from serving.web.routes.entry import with_session

router = APIRouter()


def _account(looking: Viewer, error: str = "", saved: str = "", status: int = 200) -> HTMLResponse:
    secret = "" if looking.has_totp else new_totp_secret()
    address = totp_address(secret, looking.who.name) if secret else ""
    told = {"error": error, "saved": saved, "secret": secret, "address": address, "has_totp": looking.has_totp}
    return view("account.html", looking, "account", status, **told)


@router.get("/account")
def account(looking: Looking, saved: Annotated[str, Query(max_length=10)] = "") -> HTMLResponse:
    """The page."""
    return _account(looking, saved=saved)


@router.post("/account/language")
def language(looking: Looking, language: Annotated[Literal["en", "de"], Form()]) -> Response:
    """Read in another language."""
    change_user(looking.services.database, looking.who.id, looking.who.name, language=language)
    return RedirectResponse("/account?saved=yes", 303)


@router.post("/account/password")
def password(
    request: Request,
    looking: Looking,
    old: Annotated[str, Form(max_length=200)],
    new: Annotated[str, Form(max_length=200)],
    code: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Change the password; all other sessions end."""
    database = looking.services.database
    if isinstance(log_in(database, looking.who.name, old, code), LoginRefused):
        return _account(looking, "Name, password or code is wrong.", status=401)
    try:
        change_user(database, looking.who.id, looking.who.name, password=new)
    except WeakPasswordError as error:
        return _account(looking, str(error), status=422)
    return with_session(looking.services, request, looking.who.id, "/account?saved=yes")


@router.post("/account/totp")
def totp(
    request: Request,
    looking: Looking,
    secret: Annotated[str, Form(max_length=64, pattern=r"^[A-Z2-7]{16,64}$")],
    code: Annotated[str, Form(max_length=10)],
) -> Response:
    """Switch the second factor on, once its code proves that the app has the secret."""
    step = totp_step(secret, code, time.time(), None)
    if step is None or looking.has_totp:
        return _account(looking, "Name, password or code is wrong.", status=401)
    values = {"totp_secret": secret, "totp_last": step}
    change_user(looking.services.database, looking.who.id, looking.who.name, **values)
    return with_session(looking.services, request, looking.who.id, "/account?saved=yes")


@router.post("/account/totp/off")
def totp_off(
    request: Request,
    looking: Looking,
    password: Annotated[str, Form(max_length=200)],
    code: Annotated[str, Form(max_length=10)],
) -> Response:
    """Switch the second factor off."""
    if isinstance(log_in(looking.services.database, looking.who.name, password, code), LoginRefused):
        return _account(looking, "Name, password or code is wrong.", status=401)
    values = {"totp_secret": None, "totp_last": None}
    change_user(looking.services.database, looking.who.id, looking.who.name, **values)
    return with_session(looking.services, request, looking.who.id, "/account?saved=yes")
