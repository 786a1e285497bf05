"""A server over a small published lake, and clients with keys of different reach."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages

Client = Any
MakeClient = Callable[..., Client]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return serving_lake.build(tmp_path / "lake")


@pytest.fixture
def app(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The whole application; requests are not limited unless a test says so."""
    need_packages("fastapi", "limits", "argon2", target="serve-tools")
    from resources.settings import Settings
    from serving.api.app import create_app

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    made = create_app(Settings(lake=lake.root))
    yield made
    made.state.services.close()


@pytest.fixture
def client(app: Any) -> MakeClient:
    """Make a client with an API key that may do what is listed, for some labels only if they are given."""
    from fastapi.testclient import TestClient

    from serving.accounts.keys import create_key

    def make(may: str | None = "read", labels: str | None = None) -> Client:
        headers = {}
        if may is not None:
            services, scope = app.state.services, None if labels is None else frozenset(labels.split(","))
            made = create_key(services.database, services.hasher, f"{may} of {labels}", may.split(","), scope, "test")
            headers["X-API-Key"] = made[1]
        return TestClient(app, headers=headers, raise_server_exceptions=False)

    return make
