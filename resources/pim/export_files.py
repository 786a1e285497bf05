"""Import files for Pimcore: the embedded default, which needs no server."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from resources.pim.writing import Delivery, ReleaseUpdate


@dataclass(frozen=True)
class ExportFiles:
    """JSON lines, one object a line, in ``folder``."""

    folder: Path
    address: str | None = None
    at_once: int | None = None

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
        write_whole(target, body)
        return Delivery(str(target))


def write_whole(target: Path, body: bytes) -> None:
    """Write a file that is there whole or not at all; its folder is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    clear_leavings(target.parent)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def clear_leavings(folder: Path) -> None:
    """Remove what processes that are gone were writing."""
    for part in folder.glob(".*.part"):
        writer = part.name.split(".")[-2]
        if writer.isdecimal() and not _is_running(int(writer)):
            part.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
