"""Where Feast keeps features online: SQLite beside the build, or a Redis or PostgreSQL server by its address.

A server is shared by all builds, so each build has a project of its own there; what a build leaves is torn down with
it. Passwords stay out of `feature_store.yaml`.

Belongs here: an address as Feast's configuration. Does not belong here: builds and what is served (feature_store.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

REDIS, POSTGRES = ("redis", "rediss"), ("postgresql", "postgres")
PASSWORD_HERE = "${LACQUER_ONLINE_PASSWORD}"
EXAMPLES = "redis://host:6379/0 or postgresql://user:password@host:5432/database"


class OnlineStoreError(ValueError):
    """An address that names no online store."""


@dataclass(frozen=True)
class OnlineStore:
    """An online store.

    Attributes:
        kind: sqlite, redis or postgres.
        config: `online_store` of Feast's configuration, with its password.
        public: the same without the password.
    """

    kind: str
    config: dict[str, Any]
    public: dict[str, Any]

    @property
    def is_shared(self) -> bool:
        """Whether other builds use the same store."""
        return self.kind != "sqlite"

    @property
    def identity(self) -> str:
        """Tells one store from another, without its password."""
        return sha256(repr(sorted(self.public.items())).encode()).hexdigest()[:12]


SQLITE = {"type": "sqlite", "path": "online.db"}


def online_store(address: str | None) -> OnlineStore:
    """The store at an address; SQLite beside the build without one.

    >>> online_store("redis://:secret@cache:6380/2").public["connection_string"]
    'cache:6380,db=2,password=${LACQUER_ONLINE_PASSWORD}'

    Raises:
        OnlineStoreError: the address is neither of Redis nor of PostgreSQL, or names no database.
    """
    if not address:
        return OnlineStore("sqlite", SQLITE, SQLITE)
    parts = urlsplit(address)
    if parts.scheme in REDIS and parts.hostname:
        return OnlineStore("redis", _redis(address), _redis(address, PASSWORD_HERE))
    if parts.scheme in POSTGRES and parts.hostname and parts.path.strip("/"):
        return OnlineStore("postgres", _postgres(address), _postgres(address, PASSWORD_HERE))
    raise OnlineStoreError(
        f"LACQUER_ONLINE_STORE: {parts.scheme or 'the address'} names no online store; give {EXAMPLES}"
    )


def _redis(address: str, shown: str | None = None) -> dict[str, Any]:
    """Feast's own notation: host:port, then parameters."""
    parts = urlsplit(address)
    given = [f"{parts.hostname}:{parts.port or 6379}", f"db={parts.path.strip('/') or 0}"]
    if parts.username:
        given.append(f"username={unquote(parts.username)}")
    if parts.password:
        password = unquote(parts.password)
        if "," in password:
            raise OnlineStoreError("LACQUER_ONLINE_STORE: Feast cannot read a password of Redis that has a comma")
        given.append(f"password={shown or password}")
    if parts.scheme == "rediss":
        given.append("ssl=true")
    return {"type": "redis", "connection_string": ",".join(given)}


def _postgres(address: str, shown: str | None = None) -> dict[str, Any]:
    parts = urlsplit(address)
    more = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    password = unquote(parts.password or "")
    return {
        "type": "postgres",
        "host": parts.hostname,
        "port": parts.port or 5432,
        "database": parts.path.strip("/"),
        "user": unquote(parts.username or ""),
        "password": shown if shown and password else password,
        "db_schema": more.get("schema", "public"),
        "sslmode": more.get("sslmode", "prefer"),
    }
