"""Files in an inbox, as the tests put them there."""

import os
import time
from pathlib import Path, PurePath


def every(path: PurePath) -> bool:
    return path.suffix == ".wav"


def put(folder: Path, name: str, content: bytes, age_s: float = 60) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age_s,) * 2)
    return path
