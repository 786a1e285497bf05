"""The whole server over a small published lake, asked by GraphQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import serving_lake
from tests.needs import need_packages


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Ask a query with a key that may read, of some labels only if they are given; the answer as it came."""
    need_packages("fastapi", "strawberry", "limits", target="serve-tools")
    from fastapi.testclient import TestClient

    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.server import create_server

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    app = create_server(Settings(lake=serving_lake.build(tmp_path / "lake").root), "api")
    services = app.state.services

    def asked(query: str, labels: str | None = None, *, is_known: bool = True) -> Any:
        scope = None if labels is None else frozenset(labels.split(","))
        key = create_key(services.database, services.hasher, "k", ["read"], scope, "test")[1] if is_known else "none"
        client = TestClient(app, headers={"X-API-Key": key}, raise_server_exceptions=False)
        return client.post("/v1/graphql", json={"query": query})

    yield asked
    services.close()
