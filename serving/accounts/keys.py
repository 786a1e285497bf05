"""API keys: made once and shown once, stored as an HMAC, with permissions and labels of their own."""

import datetime as dt
import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from serving.accounts.audit import record
from serving.accounts.identity import PERMISSIONS, Identity, scope_of, stored_labels
from serving.accounts.secrets import TokenHasher, new_token
from serving.accounts.tables import table

if TYPE_CHECKING:
    from resources.database import Database

PREFIX = "lq_"


class UnknownPermissionError(ValueError):
    """A permission that does not exist."""


def create_key(
    database: "Database",
    hasher: TokenHasher,
    name: str,
    permissions: Collection[str],
    labels: frozenset[str] | None,
    by: str,
) -> tuple[str, str]:
    """Make a key.

    Returns:
        Its id, and the key itself, which is not stored and cannot be shown again.
    """
    from sqlalchemy import insert

    if unknown := sorted(set(permissions) - PERMISSIONS.keys()):
        raise UnknownPermissionError(f"{', '.join(unknown)}: no such permission; there are {', '.join(PERMISSIONS)}")
    key_id, key = secrets.token_hex(6), PREFIX + new_token()
    row = {
        "key_id": key_id,
        "name": name,
        "key_hash": hasher.hash(key),
        "permissions": ",".join(sorted(permissions)),
        "labels": stored_labels(labels),
        "created_by": by,
        "created_at": dt.datetime.now(dt.UTC),
    }
    with database.write() as con:
        con.execute(insert(table("keys")).values(**row))
        record(con, by, "key created", key_id, f"{name}: {row['permissions']}; labels {row['labels'] or 'all'}")
    return key_id, key


def identity_of_key(database: "Database", hasher: TokenHasher, key: str) -> Identity | None:
    """Whose key it is; None for one that is unknown or revoked."""
    from sqlalchemy import select

    if not key.startswith(PREFIX):
        return None
    keys = table("keys")
    wanted = select(keys).where(keys.c.key_hash == hasher.hash(key), keys.c.revoked_at.is_(None))
    with database.read() as con:
        row = con.execute(wanted).mappings().one_or_none()
    if row is None:
        return None
    return identity_of_row(row)


def identity_of_row(row: Any) -> Identity:
    """The identity of a key's row."""
    permissions = frozenset(row["permissions"].split(",")) & PERMISSIONS.keys()
    return Identity("key", row["key_id"], row["name"], permissions, scope_of(row["labels"]))


def revoke_key(database: "Database", key_id: str, by: str) -> bool:
    """Make a key worthless; whether there was such a key."""
    from sqlalchemy import update

    keys = table("keys")
    change = update(keys).where(keys.c.key_id == key_id, keys.c.revoked_at.is_(None))
    with database.write() as con:
        done = con.execute(change.values(revoked_at=dt.datetime.now(dt.UTC)))
        if done.rowcount:
            record(con, by, "key revoked", key_id)
    return bool(done.rowcount)


def all_keys(database: "Database") -> list[dict[str, Any]]:
    """Every key with what it may do, without anything that gives access."""
    from sqlalchemy import select

    keys = table("keys")
    shown = [column for column in keys.c if column.name != "key_hash"]
    with database.read() as con:
        return [dict(row) for row in con.execute(select(*shown).order_by(keys.c.created_at)).mappings().all()]
