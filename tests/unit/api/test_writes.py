"""Writing over HTTP: what lands is what a source would have landed, once."""

import json
from typing import Any

import pytest

from lake.lakehouse import Lake
from serving.queries.projection import projection
from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy
FEEDBACK = {"product_id": "R1", "origin": "2026-01-31", "horizon_days": 30, "actual_units": 5.0, "reason": "why"}


def landed(lake: Lake, stream: str) -> list[dict[str, Any]]:
    files = sorted((lake.root / "landing" / stream).glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_feedback_lands_in_the_shape_of_the_source(client: MakeClient, lake: Lake) -> None:
    answer = client("read,feedback").post("/v1/feedback/sales", json=FEEDBACK)
    assert answer.status_code == 202
    (document,) = landed(lake, "feedback")
    assert document.pop("created_at").endswith("Z")
    assert document == {
        "feedback_id": answer.json()["feedback_id"],
        "release_id": "R1",
        "origin": "2026-01-31",
        "horizon_days": 30,
        "actual_units": 5.0,
        "reason": "why",
        "reported_by": "read,feedback of None",
    }


def test_a_request_sent_twice_is_done_once(client: MakeClient, lake: Lake) -> None:
    caller, key = client("read,feedback"), {"Idempotency-Key": "order-4711-feedback"}
    first = caller.post("/v1/feedback/sales", json=FEEDBACK, headers=key)
    again = caller.post("/v1/feedback/sales", json=FEEDBACK, headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(landed(lake, "feedback")) == 1
    other = caller.post("/v1/feedback/sales", json=FEEDBACK | {"actual_units": 6}, headers=key)
    assert other.status_code == 422
    stranger = client("read,feedback").post("/v1/feedback/sales", json=FEEDBACK, headers=key)
    assert stranger.json()["feedback_id"] != first.json()["feedback_id"]


def test_a_request_under_way_is_not_done_a_second_time(client: MakeClient, lake: Lake, app: Any) -> None:
    from hashlib import sha256

    from serving.accounts.keys import all_keys
    from serving.accounts.replies import begin
    from serving.api.routes.feedback import SalesFeedback

    caller, database = client("read,feedback"), app.state.services.database
    (key,) = all_keys(database)
    body = SalesFeedback(**FEEDBACK).model_dump_json()
    hashes = (f"key:{key['key_id']}|under-way-1", f"POST /v1/feedback/sales {body}")
    assert begin(database, *(sha256(text.encode()).hexdigest() for text in hashes)) is None
    answer = caller.post("/v1/feedback/sales", json=FEEDBACK, headers={"Idempotency-Key": "under-way-1"})
    assert answer.status_code == 409
    assert landed(lake, "feedback") == []


def test_order_lines_land_as_changes_of_the_erp(client: MakeClient, lake: Lake) -> None:
    row = {"order_id": "O9", "line_no": 1, "sku": "R1", "qty": 3, "price": "11.50", "currency": "EUR"}
    body = {"table": "order_lines", "as_of": "2026-03-01T10:00:00+01:00", "rows": [row]}
    assert client("read,landing").post("/v1/landing/orders", json=body).json()["documents"] == 1
    (change,) = landed(lake, "erp")
    assert (change["op"], change["after"], change["source"]["table"]) == ("r", row, "order_lines")
    assert change["source"]["position"] == 1772355600 * 1_000_000


def test_the_same_documents_land_once(client: MakeClient, lake: Lake) -> None:
    event = {
        "event_id": "plays-1",
        "kind": "plays",
        "entity_type": "release",
        "entity_id": "R1",
        "value": 41,
        "occurred_at": "2026-03-01T22:00:00Z",
        "source": "report",
        "region": "ES",
    }
    caller = client("read,landing")
    first, again = (caller.post("/v1/landing/signals", json={"events": [event]}).json() for _ in range(2))
    assert (first["documents"], again["file"]) == (1, None)
    (document,) = landed(lake, "signals")
    assert document == event | {"value": 41.0}


def test_products_land_as_objects_of_the_pim(client: MakeClient, lake: Lake) -> None:
    thing = {"id": "1001", "classname": "Release", "modificationDate": 1767225600, "releaseId": "R1", "title": "Ünder"}
    assert client("read,landing").post("/v1/landing/products", json={"objects": [thing]}).status_code == 202
    assert landed(lake, "pim") == [thing]


def test_an_override_stands_beside_the_forecast_at_once(client: MakeClient, app: Any) -> None:
    caller = client("read,overrides")
    body = {"product_id": "R1", "horizon_days": 30, "units": 77, "until": "2026-03-31", "why": "TV spot"}
    made = caller.post("/v1/overrides", json=body)
    assert (made.status_code, made.json()["forecast_p50"]) == (201, 30.0)
    publications = app.state.services.publications
    publications.refresh()
    horizon = projection(publications.reader()).forecasts["R1"].horizons[0]
    assert (horizon.override_units, horizon.override_by, horizon.units.p50) == (77.0, "read,overrides of None", 30.0)
    (listed,) = caller.get("/v1/overrides").json()
    gone = caller.delete(f"/v1/overrides/{listed['override_id']}", params={"why": "over"})
    assert gone.status_code == 204
    publications.refresh()
    assert projection(publications.reader()).forecasts["R1"].horizons[0].override_units is None


def test_an_override_needs_a_forecast_and_a_day_to_come(client: MakeClient) -> None:
    caller = client("read,overrides")
    body = {"product_id": "R1", "horizon_days": 31, "units": 77, "until": "2026-03-31", "why": "TV spot"}
    assert caller.post("/v1/overrides", json=body).status_code == 409
    past = body | {"horizon_days": 30, "until": "2026-01-01"}
    assert caller.post("/v1/overrides", json=past).status_code == 422
    assert caller.delete("/v1/overrides/none", params={"why": "x"}).status_code == 404
