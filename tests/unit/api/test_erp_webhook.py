"""The ERP's webhook: signed rows land once; what is forged, late or broken does not land."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lake.lakehouse import Lake
from resources.pim.signatures import sign
from tests.needs import need_packages

pytestmark = pytest.mark.heavy
KEY = "a key that only the ERP and we know"
BODY = {"table": "orders", "as_of": "2026-03-01T10:15:00Z", "rows": [{"order_id": "O9"}]}


@pytest.fixture
def app(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    need_packages("fastapi", "limits", "argon2", target="serve-tools")
    from resources.settings import Settings
    from serving.api.app import create_app

    monkeypatch.setenv("LACQUER_ERP_WEBHOOK_SECRET", KEY)
    made = create_app(Settings(lake=lake.root))
    yield made
    made.state.services.close()


def send(app: Any, body: Any, *, key: str = KEY, at: float | None = None, name: str = "msg_1") -> Any:
    from fastapi.testclient import TestClient

    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = int(at or time.time())
    headers = {"webhook-id": name, "webhook-timestamp": str(stamp)}
    headers["webhook-signature"] = sign(key.encode(), name, stamp, content)
    client = TestClient(app, raise_server_exceptions=False)
    return client.post("/v1/webhooks/erp", content=content, headers=headers)


def landed(lake: Lake) -> list[Any]:
    files = sorted((lake.root / "landing" / "erp").glob("*.jsonl"))
    return [json.loads(line)["after"] for file in files for line in file.read_text().splitlines()]


def test_signed_rows_land_once_however_often_they_come(app: Any, lake: Lake) -> None:
    first = send(app, BODY)
    assert (first.status_code, first.json()["documents"]) == (202, 1), first.text
    again = send(app, BODY, at=time.time() - 60)
    assert (again.status_code, again.json()) == (202, first.json())
    assert landed(lake) == [{"order_id": "O9"}]
    assert send(app, BODY | {"rows": [{"order_id": "O10"}]}).status_code == 422  # another message under that id
    assert send(app, BODY | {"rows": [{"order_id": "O10"}]}, name="msg_2").status_code == 202
    assert len(landed(lake)) == 2


def test_what_is_forged_late_or_broken_does_not_land(app: Any, lake: Lake) -> None:
    assert send(app, BODY, key="another key that is long enough").status_code == 401
    assert send(app, BODY, at=time.time() - 1000).status_code == 401
    from fastapi.testclient import TestClient

    assert TestClient(app).post("/v1/webhooks/erp", json=BODY).status_code == 401
    assert send(app, b"no json").status_code == 422
    assert send(app, BODY | {"table": "users"}).status_code == 422
    assert send(app, b"[" * 100_000).status_code == 422
    assert landed(lake) == []
