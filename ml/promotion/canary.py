"""Which entities a canary serves: a share by stable hash, the same on every day and machine."""

from __future__ import annotations

from hashlib import sha256


def in_share(entity: str, model: str, share: float) -> bool:
    """Whether the entity belongs to the share; who belongs to a smaller share belongs to every larger one.

    >>> in_share("R1", "forecast", 0.0), in_share("R1", "forecast", 1.0)
    (False, True)
    """
    digest = sha256(f"{model}|{entity}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64
