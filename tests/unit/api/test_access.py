"""Keys, permissions, scopes, limits: what is refused, and how."""

from typing import Any

import pytest

from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy
PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "lq_wrong"}, {"X-API-Key": ""}, {"Authorization": "Bearer x"}])
def test_without_a_valid_key_nothing_is_read(client: MakeClient, headers: dict[str, str]) -> None:
    answer = client(None).get("/v1/releases", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)
    assert answer.json()["status"] == 401


def test_a_key_works_as_bearer_too_and_not_after_it_was_revoked(client: MakeClient, app: Any) -> None:
    from serving.accounts.keys import all_keys, revoke_key

    key = client().headers["X-API-Key"]
    nobody, bearer = client(None), {"Authorization": f"Bearer {key}"}
    assert nobody.get("/v1/releases", headers=bearer).status_code == 200
    database = app.state.services.database
    assert revoke_key(database, all_keys(database)[0]["key_id"], "test")
    app.state.services._known.clear()  # two seconds later
    assert nobody.get("/v1/releases", headers=bearer).status_code == 401


def test_the_database_holds_no_key(client: MakeClient, app: Any) -> None:
    key = client().headers["X-API-Key"]
    path = app.state.services.database.address.removeprefix("sqlite:///")
    from pathlib import Path

    stored = b"".join(one.read_bytes() for one in Path(path).parent.glob(Path(path).name + "*"))
    assert key.encode() not in stored


FEEDBACK = {"product_id": "R1", "origin": "2026-01-31", "horizon_days": 30, "actual_units": 5}
OVERRIDE = {"product_id": "R1", "horizon_days": 30, "units": 5, "until": "2026-03-31", "why": "a reason"}
SIGNALS = {
    "events": [
        {
            "event_id": "e",
            "kind": "plays",
            "entity_type": "release",
            "entity_id": "R1",
            "value": 1,
            "source": "s",
            "occurred_at": "2026-01-01T00:00:00Z",
        }
    ]
}


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/feedback/sales", FEEDBACK), ("/v1/overrides", OVERRIDE), ("/v1/landing/signals", SIGNALS)],
)
def test_who_may_only_read_changes_nothing(client: MakeClient, app: Any, path: str, body: dict[str, Any]) -> None:
    answer = client("read").post(path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)
    assert not (app.state.services.lake.root / "landing").exists()


@pytest.mark.parametrize(
    "path",
    ["/v1/releases/R3", "/v1/forecast/R3", "/v1/releases/R3/sales", "/v1/releases/R3/buyers", "/v1/buyers/B2"],
)
def test_what_is_out_of_scope_does_not_exist(client: MakeClient, path: str) -> None:
    assert client("read").get(path).status_code == 200
    assert client("read", "L1").get(path).status_code == 404


def test_no_list_or_filter_reaches_out_of_the_scope(client: MakeClient) -> None:
    caller = client("read", "L1")
    for params in ({}, {"label_id": "L2"}, {"q": "sky"}, {"q": "second"}, {"sort": "-units"}, {"artist_id": "A3"}):
        found = {one["release_id"] for one in caller.get("/v1/releases", params=params).json()["releases"]}
        assert found <= {"R1", "R2"}, params
    assert [one["release_id"] for one in caller.get("/v1/stock").json()] == ["R1"]
    predicted = caller.post("/v1/forecast/predict", json={"product_ids": ["R1", "R3"]}).json()
    assert (len(predicted["forecasts"]), predicted["unknown"]) == (1, ["R3"])


def test_who_sees_one_label_writes_of_that_label_only(client: MakeClient) -> None:
    caller = client("read,feedback,overrides,landing,admin", "L1")
    assert caller.post("/v1/feedback/sales", json=FEEDBACK | {"product_id": "R3"}).status_code == 404
    assert caller.post("/v1/overrides", json=OVERRIDE | {"product_id": "R3"}).status_code == 404
    assert caller.post("/v1/landing/signals", json=SIGNALS).status_code == 403


def test_an_etag_of_another_scope_is_not_unchanged(client: MakeClient) -> None:
    etag = client("read").get("/v1/releases").headers["ETag"]
    assert client("read", "L1").get("/v1/releases", headers={"If-None-Match": etag}).status_code == 200


def test_requests_are_counted_and_refused_with_the_time_to_wait(lake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi.testclient import TestClient

    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.api.app import create_app

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "3/hour")
    app = create_app(Settings(lake=lake.root))
    services = app.state.services
    keys = [create_key(services.database, services.hasher, "n", ["read"], None, "test")[1] for _ in range(2)]
    caller = TestClient(app)
    left = []
    for _ in range(3):
        answer = caller.get("/v1/releases", headers={"X-API-Key": keys[0]})
        left.append(answer.headers["X-RateLimit-Remaining"])
    assert left == ["2", "1", "0"]
    refused = caller.get("/v1/releases", headers={"X-API-Key": keys[0]})
    assert refused.status_code == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert caller.get("/v1/releases", headers={"X-API-Key": keys[1]}).status_code == 200
    services.close()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/releases/..%2f..%2fetc%2fpasswd",
        "/v1/releases/%00",
        "/v1/forecast/" + "a" * 5000,
        "/v1/releases/'--",
        "/v1/../../etc/passwd",
        "/v1/releases?limit=99999999999999999999",
        "/v1/releases?q=%ff",
        "/v1/buyers?kind='",
    ],
)
def test_odd_paths_and_values_are_no_fault_of_the_server(client: MakeClient, path: str) -> None:
    answer = client().get(path)
    assert answer.status_code < 500
    assert "root:" not in answer.text


def test_huge_and_deep_bodies_are_refused(client: MakeClient) -> None:
    caller = client("read,feedback,landing")
    long = caller.post("/v1/forecast/predict", content=b'{"product_ids": ["' + b"a" * 2_000_000 + b'"]}')
    assert (long.status_code, long.headers["content-type"]) == (413, PROBLEM)
    chunks = (b"[" * 65536 for _ in range(20))
    assert caller.post("/v1/forecast/predict", content=chunks).status_code == 413
    assert caller.post("/v1/forecast/predict", content=b"[" * 100_000, headers=JSON).status_code == 400
    assert caller.post("/v1/forecast/predict", content=b"{", headers=JSON).status_code == 400
    assert caller.post("/v1/feedback/sales", json=FEEDBACK | {"actual_units": "NaN"}).status_code == 422
    assert caller.post("/v1/feedback/sales", json=FEEDBACK | {"extra": 1}).status_code == 422


def test_every_answer_has_the_headers(client: MakeClient) -> None:
    for answer in (client().get("/v1/releases"), client(None).get("/nowhere"), client().post("/v1/health")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 32
    assert client().get("/v1/health", headers={"X-Request-Id": "abc-12345"}).headers["x-request-id"] == "abc-12345"
