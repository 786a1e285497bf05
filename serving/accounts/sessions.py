"""Sessions: a random token in a cookie, whose hash the operational database knows until it ends."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.accounts.identity import Identity
from serving.accounts.replies import as_utc
from serving.accounts.secrets import TokenHasher, new_token
from serving.accounts.tables import table
from serving.accounts.users import identity_of

if TYPE_CHECKING:
    from resources.database import Database

LASTS = dt.timedelta(hours=12)


@dataclass(frozen=True)
class Session:
    """Whose session it is, and how they want to read."""

    identity: Identity
    language: str
    has_totp: bool


def begin_session(database: "Database", hasher: TokenHasher, user_id: str, replaced: str | None = None) -> str:
    """Begin a session of a user; its token. A token that the browser brought is never taken over: it ends."""
    from sqlalchemy import delete, insert

    sessions, now, token = table("sessions"), dt.datetime.now(dt.UTC), new_token()
    with database.write() as con:
        con.execute(delete(sessions).where(sessions.c.ends_at < now))
        if replaced:
            con.execute(delete(sessions).where(sessions.c.token_hash == hasher.hash(replaced)))
        row = {"token_hash": hasher.hash(token), "user_id": user_id, "created_at": now, "ends_at": now + LASTS}
        con.execute(insert(sessions).values(**row))
    return token


def session_of(database: "Database", hasher: TokenHasher, token: str) -> Session | None:
    """The session of a token; None when it has ended or never was."""
    from sqlalchemy import select

    users, sessions = table("users"), table("sessions")
    wanted = (
        select(users, sessions.c.ends_at)
        .join(sessions, sessions.c.user_id == users.c.user_id)
        .where(sessions.c.token_hash == hasher.hash(token), users.c.is_active.is_(True))
    )
    with database.read() as con:
        row = con.execute(wanted).mappings().one_or_none()
    if row is None or as_utc(row["ends_at"]) < dt.datetime.now(dt.UTC):
        return None
    return Session(identity_of(row), row["language"], row["totp_secret"] is not None)


def end_session(database: "Database", hasher: TokenHasher, token: str) -> None:
    """End a session; its token is worthless from now on."""
    from sqlalchemy import delete

    sessions = table("sessions")
    with database.write() as con:
        con.execute(delete(sessions).where(sessions.c.token_hash == hasher.hash(token)))
