"""Whether a landed file is still the one that bronze has taken in."""

from __future__ import annotations

import hashlib
from pathlib import Path

TOPIC = "kafka:"


def file_state(folder: Path, landed_path: str, batch_id: str) -> str:
    """``topic`` for a message of Kafka, else ``same``, ``changed`` or ``gone``, by the SHA-256 that bronze recorded.

    Args:
        folder: the landing folder of the lake.
        landed_path: as in bronze, relative to the folder.
        batch_id: as in bronze.
    """
    if landed_path.startswith(TOPIC):
        return "topic"
    path = folder / landed_path
    if not path.is_file():
        return "gone"
    with path.open("rb") as file:
        return "same" if hashlib.file_digest(file, "sha256").hexdigest() == batch_id else "changed"
