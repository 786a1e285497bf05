"""Local users: log in with password and code, lock-out after wrong ones, change role, labels and language."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serving.accounts.audit import record
from serving.accounts.identity import ROLES, Identity, scope_of, stored_labels
from serving.accounts.passwords import hashed, matches, totp_step
from serving.accounts.replies import as_utc
from serving.accounts.tables import table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from resources.database import Database

MOST_FAILURES = 5
LOCKED = dt.timedelta(minutes=15)


class AccountError(ValueError):
    """What was asked of an account cannot be done."""


@dataclass(frozen=True)
class LoginRefused:
    """Why somebody is not let in: a wrong name, password or code, a code that is missing, or a locked account."""

    reason: str
    needs_code: bool = False


def add_user(
    con: "Connection",
    name: str,
    role: str,
    labels: frozenset[str] | None,
    password: str | None,
    subject: str | None = None,
) -> str:
    """Add a user in a transaction; the user's id."""
    from sqlalchemy import insert, select

    if role not in ROLES:
        raise AccountError(f"{role}: no such role; there are {', '.join(ROLES)}")
    name = name.strip()
    if not 2 <= len(name) <= 120:
        raise AccountError("a name has 2 to 120 characters")
    users = table("users")
    if con.execute(select(users.c.user_id).where(users.c.name == name)).first():
        raise AccountError("this name is taken")
    user_id = secrets.token_hex(8)
    row = {"user_id": user_id, "name": name, "role": role, "labels": stored_labels(labels), "subject": subject}
    row |= {"password_hash": None if password is None else hashed(password, name), "language": "en"}
    con.execute(insert(users).values(**row, failures=0, is_active=True, created_at=dt.datetime.now(dt.UTC)))
    record(con, name, "user created", user_id, f"{role}; labels {row['labels'] or 'all'}")
    return user_id


def log_in(database: "Database", name: str, password: str, code: str = "") -> str | LoginRefused:
    """The id of the user whose name, password and code these are."""
    from sqlalchemy import select, update

    users, now = table("users"), dt.datetime.now(dt.UTC)
    with database.read() as con:
        user = con.execute(select(users).where(users.c.name == name.strip())).mappings().one_or_none()
    is_right = matches(user["password_hash"] if user else None, password)
    if user is None or not user["is_active"]:
        return LoginRefused("wrong")
    if user["locked_until"] and as_utc(user["locked_until"]) > now:
        return LoginRefused("locked")
    step = None
    if is_right and user["totp_secret"]:
        if not code.strip():
            return LoginRefused("code", needs_code=True)
        step = totp_step(user["totp_secret"], code, now.timestamp(), user["totp_last"])
        is_right = step is not None
    mine = users.c.user_id == user["user_id"]
    with database.write() as con:
        if is_right:
            last = {} if step is None else {"totp_last": step}
            con.execute(update(users).where(mine).values(failures=0, locked_until=None, **last))
            record(con, user["name"], "logged in", user["user_id"])
            return str(user["user_id"])
        failures = con.execute(select(users.c.failures).where(mine)).scalar_one() + 1
        is_locked = failures >= MOST_FAILURES
        until = now + LOCKED if is_locked else None
        con.execute(update(users).where(mine).values(failures=0 if is_locked else failures, locked_until=until))
        record(con, user["name"], "locked" if is_locked else "login failed", user["user_id"])
    return LoginRefused("locked" if is_locked else "wrong", needs_code=bool(user["totp_secret"]))


def change_user(database: "Database", user_id: str, by: str, **values: Any) -> bool:
    """Change role, labels, language, password, authenticator or activity; whether there is such a user.

    Whoever loses something loses it at once: other sessions end.
    """
    from sqlalchemy import delete, select, update

    users, sessions = table("users"), table("sessions")
    if (role := values.get("role")) is not None and role not in ROLES:
        raise AccountError(f"{role}: no such role; there are {', '.join(ROLES)}")
    with database.write() as con:
        user = con.execute(select(users).where(users.c.user_id == user_id)).mappings().one_or_none()
        if user is None:
            return False
        if "password" in values:
            values["password_hash"] = hashed(values.pop("password"), user["name"])
        con.execute(update(users).where(users.c.user_id == user_id).values(**values))
        if values.keys() - {"language"}:
            con.execute(delete(sessions).where(sessions.c.user_id == user_id))
            shown = {k: v for k, v in values.items() if k in ("role", "labels", "is_active")}
            record(con, by, "user changed", user_id, f"{sorted(values)} {shown}")
    return True


def all_users(database: "Database") -> list[dict[str, Any]]:
    """Every user, without anything that gives access."""
    from sqlalchemy import select

    users = table("users")
    hidden = ("password_hash", "totp_secret", "totp_last")
    shown = [column for column in users.c if column.name not in hidden]
    with database.read() as con:
        return [dict(row) for row in con.execute(select(*shown).order_by(users.c.name)).mappings().all()]


def has_users(database: "Database") -> bool:
    """Whether anybody has an account yet."""
    from sqlalchemy import func, select

    with database.read() as con:
        return bool(con.execute(select(func.count()).select_from(table("users"))).scalar_one())


def identity_of(user: Any) -> Identity:
    """The identity of a user's row."""
    return Identity("user", user["user_id"], user["name"], ROLES[user["role"]], scope_of(user["labels"]), user["role"])
