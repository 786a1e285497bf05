"""Personal data is stored as a keyed pseudonym, HMAC-SHA256 (RFC 2104), that names its key.

Without a key nothing of it is stored at all. The same value under the same key gives the same pseudonym, so that
joins and counts still work.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from lake.masking import install_masking

if TYPE_CHECKING:
    import duckdb

_BLOCK = 64


def key_name(key: str) -> str:
    """A short public name of a key, by which a pseudonym says which key made it."""
    return hashlib.sha256(b"lacquer key name" + key.encode()).hexdigest()[:8]


def pseudonym(key: str, value: str) -> str:
    """The pseudonym of a value: the key's name, a colon, 32 hexadecimal digits of the HMAC."""
    digest = hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()
    return f"{key_name(key)}:{digest[:32]}"


def install_pseudonym(con: duckdb.DuckDBPyConnection, key: str | None) -> None:
    """Give the connection the SQL functions ``masked(text)`` and ``pseudonym(text)``; without a key that returns null.

    The padded keys are session variables, so that no SQL text, plan or error message holds them.
    """
    install_masking(con)
    if not key:
        con.execute("create or replace temp macro pseudonym(value) as cast(null as varchar)")
        return
    raw = key.encode()
    padded = (hashlib.sha256(raw).digest() if len(raw) > _BLOCK else raw).ljust(_BLOCK, b"\0")
    con.execute("set variable pseudonym_inner = $1", [bytes(byte ^ 0x36 for byte in padded)])
    con.execute("set variable pseudonym_outer = $1", [bytes(byte ^ 0x5C for byte in padded)])
    con.execute(
        "create or replace temp macro pseudonym(value) as "
        f"'{key_name(key)}:' || left(sha256(getvariable('pseudonym_outer') || "
        "unhex(sha256(getvariable('pseudonym_inner') || encode(value)))), 32)"
    )
