"""Which code runs: a digest of the sources that tables depend on."""

from functools import cache
from hashlib import sha256

from resources.settings import PROJECT_ROOT

_SOURCES = (
    *(f"{package}/**/*.py" for package in ("assets", "audio", "lake", "ml", "resources")),
    "requirements/core.txt",
)
_DBT = tuple(f"dbt_project/{folder}/**/*.sql" for folder in ("models", "macros"))


@cache
def code_digest() -> str:
    """A short SHA-256 of our own sources, the dbt models and the lock of the core packages."""
    found = sha256()
    for path in sorted(path for pattern in (*_SOURCES, *_DBT) for path in PROJECT_ROOT.glob(pattern)):
        found.update(f"{path.relative_to(PROJECT_ROOT)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:12]
