"""Where the dbt project is, and its manifest."""

import json
from functools import cache
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).parents[2] / "dbt_project"
MANIFEST = PROJECT_DIR / "target" / "manifest.json"


class ManifestMissingError(RuntimeError):
    """The dbt manifest has not been made yet."""


@cache
def _read_manifest(path: Path, changed_ns: int) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def load_manifest(path: Path = MANIFEST) -> dict[str, Any]:
    """The manifest that ``make manifest`` wrote.

    Raises:
        ManifestMissingError: it is not there.
    """
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise ManifestMissingError(
            f"{path}: the dbt manifest is derived from the contracts and not there yet; run `make manifest`"
        ) from None
    return _read_manifest(path, changed)
