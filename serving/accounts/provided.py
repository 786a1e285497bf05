"""Users whom an OpenID Connect provider vouches for: their role and labels follow the claims at each sign-in.

A user is known by issuer and subject, never by name or e-mail address: otherwise whoever can choose a name at the
provider would get the local account of that name.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from serving.accounts.audit import record
from serving.accounts.identity import ROLES, stored_labels
from serving.accounts.tables import table
from serving.accounts.users import add_user, change_user

if TYPE_CHECKING:
    from resources.database import Database

NAMES = ("preferred_username", "name", "email", "sub")
LONGEST_NAME = 100


class NotAdmittedError(Exception):
    """The provider knows the user, and this installation does not let them in."""


def claim(claims: Mapping[str, Any], path: str) -> list[str]:
    """The values of a claim; `realm_access.roles` lies in another. A name with dots in it is found as well."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.replace(",", " ").split()
    return [str(one) for one in found] if isinstance(found, list) else []


def role_of(values: list[str], mapping: Mapping[str, str]) -> str | None:
    """The role that the values give, the one that may most; None when they give none.

    Without a mapping, values that are named like our roles give them.

    >>> role_of(["staff", "planners"], {"planners": "planner"})
    'planner'
    """
    given = {mapping.get(one) if mapping else one for one in values}
    return next((role for role in ROLES if role in given), None)


def signed_in(
    database: "Database",
    issuer: str,
    claims: Mapping[str, Any],
    roles_claim: str,
    mapping: Mapping[str, str],
    labels_claim: str | None,
) -> str:
    """The id of the user of the claims, made at the first sign-in, with role and labels as the claims say.

    Raises:
        NotAdmittedError: no role, no labels where a claim decides about them, or an account that is not active.
    """
    from sqlalchemy import select

    role = role_of(claim(claims, roles_claim), mapping)
    if role is None:
        raise NotAdmittedError("Your organisation gives you no role in Lacquer.")
    # An admin manages everybody's data; for the others a missing claim means no labels, not all of them.
    labels = None if labels_claim is None or role == "admin" else frozenset(claim(claims, labels_claim))
    subject = sha256(f"{issuer}|{claims['sub']}".encode()).hexdigest()
    users = table("users")
    with database.write() as con:
        user = con.execute(select(users).where(users.c.subject == subject)).mappings().one_or_none()
        if user is None:
            taken: set[str] = set(con.execute(select(users.c.name)).scalars())
            user_id = add_user(con, _name(claims, subject, taken), role, labels, None, subject)
        elif not user["is_active"]:
            raise NotAdmittedError("Your account is not active.")
        else:
            user_id = user["user_id"]
            record(con, user["name"], "signed in", user_id, issuer)
    if user is not None and (user["role"], user["labels"]) != (role, stored_labels(labels)):
        change_user(database, user_id, issuer, role=role, labels=stored_labels(labels))
    return str(user_id)


def _name(claims: Mapping[str, Any], subject: str, taken: set[str]) -> str:
    """A name of the claims; one that is taken, or too short for a name, gets part of the subject behind it."""
    given = next((str(claims[one]).strip() for one in NAMES if str(claims.get(one) or "").strip()), "user")
    name = "".join(letter for letter in given if letter.isprintable())[:LONGEST_NAME]
    return name if len(name) >= 2 and name not in taken else f"{name} ({subject[:8]})"
