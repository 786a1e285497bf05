"""Which tables a repair has set out to begin anew; on record until the run that fills them has ended well.

A repair that is killed, or whose run fails, is found and done again by the next.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from lake.lakehouse import Lake

FILE = "lake/repair.json"


def unfinished(lake: Lake) -> dict[str, int]:
    """The tables, each with the version that it had reached."""
    try:
        return dict(json.loads((lake.root / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def begin(lake: Lake, versions: Mapping[str, int]) -> None:
    """Put the tables on record, before anything is changed."""
    path = lake.root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump({**unfinished(lake), **versions}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def finish(lake: Lake) -> None:
    """The tables are filled."""
    (lake.root / FILE).unlink(missing_ok=True)
