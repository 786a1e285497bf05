"""Tokens: made at random, and stored as an HMAC only, so that the database gives nobody access."""

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from serving.accounts.tables import table

if TYPE_CHECKING:
    from resources.database import Database

SECRET = "token_key"


def new_token() -> str:
    """A token that cannot be guessed: 256 random bits in letters that URLs and cookies carry."""
    return secrets.token_urlsafe(32)


class TokenHasher:
    """Hashes tokens with the installation's secret key.

    Args:
        key: the secret key of the installation.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, database: "Database", secret_key: str | None) -> "TokenHasher":
        """The hasher of an installation; without a key in the settings, one is made once and kept in the database."""
        return cls((secret_key or _kept_key(database)).encode())

    def hash(self, token: str) -> str:
        """The HMAC-SHA256 of a token, in hex."""
        return hmac.new(self._key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _kept_key(database: "Database") -> str:
    from sqlalchemy import insert, select

    kept = table("secrets")
    with database.write() as con:
        value = con.execute(select(kept.c.value).where(kept.c.name == SECRET)).scalar_one_or_none()
        if value is None:
            value = secrets.token_hex(32)
            con.execute(insert(kept).values(name=SECRET, value=value))
    return str(value)
