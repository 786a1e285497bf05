"""Administration: users, invitations, API keys, the audit log."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serving.accounts.audit import entries
from serving.accounts.identity import PERMISSIONS, ROLES
from serving.accounts.invitations import invite
from serving.accounts.keys import UnknownPermissionError, all_keys, create_key, revoke_key
from serving.accounts.users import all_users, change_user
from serving.api.problems import refuse
from serving.web.pages import Looking, Viewer, view

router = APIRouter(prefix="/admin")
Labels = Annotated[str, Form(max_length=1000)]
UserId = Annotated[str, Path(max_length=32)]


def labels_of(text: str) -> frozenset[str] | None:
    """The labels of a form's field; none given means all."""
    found = frozenset(one.strip() for one in text.split(",") if one.strip())
    return found or None


def _admin(looking: Viewer, *, link: str = "", key: str = "") -> HTMLResponse:
    database = looking.services.database
    return view(
        "admin.html",
        looking,
        "admin",
        users=all_users(database),
        keys=all_keys(database),
        log=entries(database, 100),
        roles=list(ROLES),
        permissions=list(PERMISSIONS),
        link=link,
        key=key,
    )


@router.get("")
def admin(looking: Looking) -> HTMLResponse:
    """The page."""
    looking.needs("admin")
    return _admin(looking)


@router.post("/invite")
def invitation(
    looking: Looking,
    role: Annotated[Literal["admin", "analyst", "planner", "generator", "viewer"], Form()],
    name: Annotated[str, Form(max_length=120)] = "",
    labels: Labels = "",
) -> HTMLResponse:
    """Invite somebody; the page shows the link once."""
    looking.needs("admin")
    services = looking.services
    token = invite(services.database, services.hasher, role, labels_of(labels), looking.who.name, name or None)
    return _admin(looking, link=f"{services.settings.public_url}/welcome?token={token}")


@router.post("/users/{user_id}/active")
def activity(looking: Looking, user_id: UserId, active: Annotated[bool, Form()]) -> Response:
    """Let a user in again, or no longer; nobody shuts themselves out."""
    looking.needs("admin")
    if user_id == looking.who.id:
        raise refuse(409, "nobody can deactivate themselves")
    if not change_user(looking.services.database, user_id, looking.who.name, is_active=active):
        raise refuse(404, "no such user")
    return RedirectResponse("/admin", 303)


@router.post("/keys")
def new_key(
    looking: Looking,
    name: Annotated[str, Form(min_length=1, max_length=120)],
    permissions: Annotated[list[str], Form()],
    labels: Labels = "",
) -> HTMLResponse:
    """Make an API key; the page shows it once."""
    looking.needs("admin")
    services = looking.services
    try:
        made = create_key(services.database, services.hasher, name, permissions, labels_of(labels), looking.who.name)
    except UnknownPermissionError as error:
        raise refuse(422, str(error)) from None
    return _admin(looking, key=made[1])


@router.post("/keys/{key_id}/revoke")
def revoke(looking: Looking, key_id: Annotated[str, Path(max_length=16)]) -> Response:
    """Make a key worthless."""
    looking.needs("admin")
    if not revoke_key(looking.services.database, key_id, looking.who.name):
        raise refuse(404, "no such key")
    return RedirectResponse("/admin", 303)
