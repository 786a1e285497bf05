"""The whole server over a small published lake."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return serving_lake.build(tmp_path / "lake")


@pytest.fixture
def app(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    need_packages("fastapi", "limits", "argon2", "django_htmx", target="serve-tools")
    from resources.settings import Settings
    from serving.server import create_server

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    made = create_server(Settings(lake=lake.root))
    yield made
    made.state.services.close()
