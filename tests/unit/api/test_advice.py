"""Alerts, decisions and prices: as published, in scope, and acted on with a name and a reason."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from lake.journals.alerts import note_events
from lake.lakehouse import Lake
from tests import serving_lake
from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy


@pytest.fixture
def alerts(lake: Lake) -> Lake:
    """One open alert of R1, one of R3."""
    from resources.alerting import write_alerts

    fixed: dict[str, Any] = {"cause": "stock", "type": "stock", "event": "opened", "ds": dt.date(2026, 1, 31)}
    fixed |= {"who": "rules", "why": "rule", "rule": "stock_out", "priority": "high", "urgency": 0.5, "rule_version": 1}
    fixed |= {"message": "2 units left", "next_step": "order now", "until": None, "condition": None}
    audited = [("a1", "R1", 100.0), ("a3", "R3", 900.0)]
    note_events(
        lake,
        [
            {**fixed, "event_id": f"e{n}", "seq": n, "alert_id": alert, "release_id": release, "stake": stake}
            for n, (alert, release, stake) in enumerate(audited, 1)
        ],
    )
    lake.publish(write_alerts(lake), "alerts")
    return lake


def test_alerts_are_listed_in_scope(client: MakeClient, alerts: Lake) -> None:
    path = "/v1/triggers/alerts"
    assert [one["alert_id"] for one in client().get(path).json()] == ["a3", "a1"]
    assert [one["alert_id"] for one in client("read", "L1").get(path).json()] == ["a1"]
    assert client().get(path, params={"state": "resolved"}).json() == []


def test_an_action_is_published_with_who_and_why(client: MakeClient, alerts: Lake, app: Any) -> None:
    caller = client("read,alerts")
    body = {"action": "acknowledge", "why": "ordered 300"}
    done = caller.post("/v1/triggers/alerts/a1/actions", json=body)
    assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
    app.state.services.publications.refresh()
    (row,) = caller.get("/v1/triggers/alerts", params={"state": "acknowledged"}).json()
    assert (row["alert_id"], row["changed_by"], row["why"]) == ("a1", "read,alerts of None", "ordered 300")
    assert caller.post("/v1/triggers/alerts/a1/actions", json={"action": "snooze", "why": "x"}).status_code == 422
    assert caller.post("/v1/triggers/alerts/none/actions", json=body).status_code == 404
    assert client("read").post("/v1/triggers/alerts/a1/actions", json=body).status_code == 403
    assert client("read,alerts", "L1").post("/v1/triggers/alerts/a3/actions", json=body).status_code == 404


def test_what_is_not_published_is_not_there(client: MakeClient, lake: Lake, app: Any) -> None:
    assert client().get("/v1/decision").status_code == 404
    rows = {"release_id": ["R1", "R3"], "origin": [serving_lake.ORIGIN] * 2, "rank": [2, 1], "order_units": [5.0, 6.0]}
    serving_lake.republish(lake, "gold/decisions", pa.table(rows))
    app.state.services.publications.refresh()
    assert [one["order_units"] for one in client().get("/v1/decision").json()] == [6.0, 5.0]
    assert [one["order_units"] for one in client("read", "L1").get("/v1/decision").json()] == [5.0]


def test_the_likeliest_buyers_of_a_release_come_with_their_probability(
    client: MakeClient, lake: Lake, app: Any
) -> None:
    rows = {
        "release_id": ["R1"] * 2,
        "rank": [2, 1],
        "buyer_id": ["B1", "B2"],
        "origin": [serving_lake.ORIGIN] * 2,
        "probability": [0.25, 0.5],
        "reason": ["has 2 releases of its genre", "ordered it on 3 days, the last 5 days ago"],
    }
    serving_lake.republish(lake, "gold/release_propensity", pa.table(rows))
    app.state.services.publications.refresh()
    found = client().get("/v1/forecast/R1").json()["recommended_buyers"]
    assert [(one["buyer_id"], one["propensity_score"]) for one in found] == [("B2", 0.5), ("B1", 0.25)]
    assert found[1]["company_name"] == "Shop 1"
    assert client("read", "L1").get("/v1/forecast/R1").json()["recommended_buyers"] == []


def test_reasons_that_cite_other_labels_are_hidden_from_a_label(client: MakeClient, lake: Lake, app: Any) -> None:
    rows = {
        "buyer_id": ["B1"],
        "release_id": ["R1"],
        "score": [0.9],
        "as_of": [serving_lake.ORIGIN],
        "reason": ["has R3 (both: 45)"],
        "cited": ["R3"],
    }
    serving_lake.republish(lake, "gold/recommendations", pa.table(rows))
    app.state.services.publications.refresh()
    whole = client().get("/v1/forecast/R1").json()["recommended_buyers"]
    assert (whole[0]["reason"], whole[0]["company_name"]) == ("has R3 (both: 45)", "Shop 1")
    scoped = client("read,export", "L1")
    assert scoped.get("/v1/forecast/R1").json()["recommended_buyers"][0]["reason"] is None
    assert "R3" not in scoped.get("/v1/exports/recommendations").text
    assert "R3" not in scoped.get("/v1/buyers/B1").text
