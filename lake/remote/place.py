"""Where the working copy of an address lies."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path


def copy_root(address: str, copies: Path) -> Path:
    """The lake's folder in the working copy of an address, below the folder of all working copies."""
    address = address.rstrip("/")
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", address.partition("://")[2])[-60:]
    return copies / f"{name}-{hashlib.sha256(address.encode()).hexdigest()[:8]}" / "lake"
