"""Invitations: one-time links by which people make their own accounts, the first administrator included."""

import datetime as dt
from typing import TYPE_CHECKING

from serving.accounts.audit import record
from serving.accounts.identity import ROLES, stored_labels
from serving.accounts.replies import as_utc
from serving.accounts.secrets import TokenHasher, new_token
from serving.accounts.tables import table
from serving.accounts.users import AccountError, add_user, has_users

if TYPE_CHECKING:
    from resources.database import Database

LASTS = dt.timedelta(days=3)


def invite(
    database: "Database",
    hasher: TokenHasher,
    role: str,
    labels: frozenset[str] | None,
    by: str,
    name: str | None = None,
) -> str:
    """Make an invitation; its token, which works once."""
    from sqlalchemy import insert

    if role not in ROLES:
        raise AccountError(f"{role}: no such role; there are {', '.join(ROLES)}")
    token, now = new_token(), dt.datetime.now(dt.UTC)
    row = {"token_hash": hasher.hash(token), "name": name, "role": role, "labels": stored_labels(labels)}
    with database.write() as con:
        con.execute(insert(table("invitations")).values(**row, ends_at=now + LASTS))
        record(con, by, "invited", name or role, f"{role}; labels {row['labels'] or 'all'}")
    return token


def first_admin_token(database: "Database", hasher: TokenHasher) -> str | None:
    """The invitation of the first administrator; None as soon as anybody has an account."""
    return None if has_users(database) else invite(database, hasher, "admin", None, "first start")


def is_open(database: "Database", hasher: TokenHasher, token: str) -> bool:
    """Whether the invitation can still be used."""
    from sqlalchemy import select

    invitations = table("invitations")
    wanted = select(invitations).where(invitations.c.token_hash == hasher.hash(token))
    with database.read() as con:
        row = con.execute(wanted).mappings().one_or_none()
    return row is not None and row["used_at"] is None and as_utc(row["ends_at"]) > dt.datetime.now(dt.UTC)


def accept(database: "Database", hasher: TokenHasher, token: str, name: str, password: str) -> str:
    """Make the account that an invitation is for; the user's id.

    Raises:
        AccountError: the invitation was used or has ended, or the name cannot be taken.
    """
    from sqlalchemy import select, update

    invitations, now = table("invitations"), dt.datetime.now(dt.UTC)
    mine = invitations.c.token_hash == hasher.hash(token)
    with database.write() as con:
        row = con.execute(select(invitations).where(mine)).mappings().one_or_none()
        if row is None or row["used_at"] is not None or as_utc(row["ends_at"]) < now:
            raise AccountError("this invitation was used, or has ended; ask for a new one")
        labels = None if row["labels"] is None else frozenset(one for one in row["labels"].split(",") if one)
        user_id = add_user(con, name, row["role"], labels, password)
        con.execute(update(invitations).where(mine).values(used_at=now))
        if row["role"] == "admin":  # several starts may have printed several links of the first administrator
            con.execute(
                update(invitations)
                .where(invitations.c.used_at.is_(None), invitations.c.name.is_(None), invitations.c.role == "admin")
                .values(used_at=now)
            )
    return user_id
