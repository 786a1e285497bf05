"""The product information system as a place to write to.

One interface, several ways: export files that Pimcore's importer reads are the embedded default.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

PimValue = str | int | float | None


@dataclass(frozen=True)
class ReleaseUpdate:
    """New values for the fields of one release in the PIM, and the forecast origin that they come from."""

    release_id: str
    origin: str
    fields: Mapping[str, PimValue]


@dataclass(frozen=True)
class Delivery:
    """Where a batch of updates went, and what is known about its success."""

    target: str
    result: str


class Pim(Protocol):
    """What a write-back needs of a PIM."""

    def update_releases(self, updates: Sequence[ReleaseUpdate]) -> Delivery:
        """Hand the updates over; the same updates again have the same effect as once."""


@dataclass(frozen=True)
class ExportFiles:
    """Import files for Pimcore, JSON lines, one object a line, in ``folder``."""

    folder: Path

    def update_releases(self, updates: Sequence[ReleaseUpdate]) -> Delivery:
        """Write one file named by its content; a file is there whole or not at all."""
        lines = [
            json.dumps(
                {
                    "classname": "Release",
                    "key": update.release_id,
                    "releaseId": update.release_id,
                    "forecastOrigin": update.origin,
                    **update.fields,
                },
                ensure_ascii=False,
                separators=(",", ":"),
            )
            for update in sorted(updates, key=lambda update: update.release_id)
        ]
        body = ("\n".join(lines) + "\n").encode()
        newest = max(update.origin for update in updates)
        target = self.folder / f"{newest}--releases--{sha256(body).hexdigest()[:12]}.jsonl"
        self.folder.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        return Delivery(str(target), "exported")
