"""Recommended prices applied in bulk: all or none, once, in scope, and as the file that the ERP reads."""

import csv
import datetime as dt
import io
from typing import Any

import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy
PRICES = {("R1", "margin"): 12.5, ("R1", "value"): 9.99, ("R2", "margin"): 8.0, ("R3", "margin"): 30.0}


@pytest.fixture
def priced(lake: Lake) -> Lake:
    """Recommendations of three releases; one without a price."""
    rows = [
        {
            "release_id": release,
            "strategy": strategy,
            "valid_on": dt.date(2026, 2, 1),
            "current_price": 10.0,
            "price": price,
            "currency": "EUR",
            "units": 40.0,
            "units_low": 20.0,
            "units_high": 60.0,
            "units_now": 50.0,
            "conflict": None,
        }
        for (release, strategy), price in PRICES.items()
    ]
    rows.append({**rows[0], "release_id": "R4", "price": None, "conflict": "its cost is not known"})
    serving_lake.republish(lake, "gold/price_recommendations", pa.Table.from_pylist(rows))
    return lake


def body(*chosen: tuple[str, str]) -> dict[str, Any]:
    return {"why": "spring list", "prices": [{"release_id": one, "strategy": strategy} for one, strategy in chosen]}


def test_prices_are_applied_in_one_step_and_reach_the_erp_as_a_file(client: MakeClient, priced: Lake, app: Any) -> None:
    caller = client("read,prices")
    done = caller.post("/v1/prices/apply", json=body(("R1", "value"), ("R3", "margin")))
    assert done.status_code == 201, done.text
    applied = {one["release_id"]: one for one in done.json()["applied"]}
    assert {key: one["price"] for key, one in applied.items()} == {"R1": 9.99, "R3": 30.0}
    assert priced.published()["gold/applied_prices"] == 1  # the table was made, and one commit holds both
    app.state.services.publications.refresh()
    (newest, _) = caller.get("/v1/prices/applied").json()
    assert (newest["applied_by"], newest["why"], newest["expected_units"]) == ("read,prices of None", "spring list", 40)
    lines = list(csv.DictReader(io.StringIO(caller.get("/v1/prices/applied.csv").text)))
    shown = {line["sku"]: (line["valid_from"], line["price"], line["currency"], line["price_id"]) for line in lines}
    assert shown == {
        key: ("2026-02-01", f"{PRICES[key, one['strategy']]:.2f}", "EUR", one["price_id"])
        for key, one in applied.items()
    }
    some = caller.get("/v1/prices/applied.csv", params={"price_id": applied["R1"]["price_id"]}).text
    assert [line["sku"] for line in csv.DictReader(io.StringIO(some))] == ["R1"]


def test_one_wrong_price_applies_none(client: MakeClient, priced: Lake) -> None:
    caller = client("read,prices")
    for wrong, status in ((("R4", "margin"), 409), (("R2", "value"), 409), (("R1", "margin"), 422)):
        answer = caller.post("/v1/prices/apply", json=body(("R1", "value"), wrong))
        assert answer.status_code == status, answer.text
    assert "gold/applied_prices" not in priced.published()


def test_only_who_may_and_only_own_labels(client: MakeClient, priced: Lake, app: Any) -> None:
    assert client("read,overrides").post("/v1/prices/apply", json=body(("R1", "value"))).status_code == 403
    own = client("read,prices", "L1")
    assert own.post("/v1/prices/apply", json=body(("R1", "value"), ("R3", "margin"))).status_code == 409
    assert client("read,prices").post("/v1/prices/apply", json=body(("R3", "margin"))).status_code == 201
    app.state.services.publications.refresh()
    assert own.get("/v1/prices/applied").json() == []
    assert own.get("/v1/prices/applied.csv").text == "sku,valid_from,price,currency,price_id\n"


def test_the_same_request_applies_once(client: MakeClient, priced: Lake, app: Any) -> None:
    caller, key = client("read,prices"), {"Idempotency-Key": "spring-list-1"}
    first, again = (caller.post("/v1/prices/apply", json=body(("R1", "value")), headers=key) for _ in range(2))
    assert first.json() == again.json()
    app.state.services.publications.refresh()
    assert len(caller.get("/v1/prices/applied").json()) == 1
