"""Whoever left something to be done later: who they are, and what they may do and see by then."""

from typing import TYPE_CHECKING

from serving.accounts.identity import Identity
from serving.accounts.keys import identity_of_row
from serving.accounts.tables import table
from serving.accounts.users import identity_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


def current_identity(con: "Connection", kind: str, owner_id: str) -> Identity | None:
    """The identity of a user or key as it is now; None for one that is deactivated, revoked or gone."""
    from sqlalchemy import select

    if kind == "key":
        keys = table("keys")
        wanted = select(keys).where(keys.c.key_id == owner_id, keys.c.revoked_at.is_(None))
    else:
        users = table("users")
        wanted = select(users).where(users.c.user_id == owner_id, users.c.is_active.is_(True))
    row = con.execute(wanted).mappings().one_or_none()
    if row is None:
        return None
    return identity_of_row(row) if kind == "key" else identity_of(row)


def user_of_name(con: "Connection", name: str) -> Identity | None:
    """The active user of a name."""
    from sqlalchemy import select

    users = table("users")
    row = con.execute(select(users).where(users.c.name == name, users.c.is_active.is_(True))).mappings().one_or_none()
    return None if row is None else identity_of(row)
