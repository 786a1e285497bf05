"""Writing landing files: whole or not at all, and named by their content, so that the same lines land once.

What the lines say is their writer's business; what becomes of them is :mod:`lake.ingest.bronze`'s.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any


def as_line(document: Mapping[str, Any]) -> str:
    """The document as a line of JSON; half a character, which UTF-8 cannot hold, becomes the replacement character."""
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    try:
        line.encode()
    except UnicodeEncodeError:  # a text that somebody cut between the two halves of an emoji
        line = line.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
    return line


def land_lines(folder: Path, label: str, lines: Sequence[str]) -> Path | None:
    """Write the lines as ``folder/<label>--<hash>.jsonl``.

    Returns:
        The file if it is new; None when there are no lines or they have landed before.
    """
    if not lines:
        return None
    body = ("\n".join(lines) + "\n").encode()
    path = folder / f"{label}--{sha256(body).hexdigest()[:16]}.jsonl"
    if path.exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{path.name}.{os.getpid()}.part"
    try:
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
