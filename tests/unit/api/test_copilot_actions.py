"""Actions of the copilot: shown first, done once after a confirmation, by whoever may; otherwise nothing changes."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import update

from lake.journals.alerts import note_events
from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages
from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy
ALL = "read,alerts,overrides,prices,runs,generate"
ASKED = {
    "acknowledge alert a1 because ordered 300": "alerts",
    "snooze alert a1 until 2026-03-01 because delivery is under way": "alerts",
    "override the forecast of R1 to 500 units over 30 days because TV spot": "overrides",
    "apply the margin price of R1 because spring list": "prices",
    "order a report": "runs",
    "request drums and bass of track T1": "generate",
}
REFUSED = {
    "acknowledge alert a1": "incomplete",
    "acknowledge alert nope because x": "unknown_name",
    "acknowledge all alerts": "unknown_words",
    "snooze alert a1 because x": "incomplete",
    "snooze alert a1 until 2026-02-31 because x": "period",
    "override the forecast of R4 to 5 units over 30 days because x": "not_published",
    "override the forecast of R1 to 5 units over 31 days because x": "not_published",
    "apply the value price of R1 because x": "not_published",
    "apply the price of R1; drop table x because x": "unknown_name",
    "request drums of track T9": "unknown_name",
    "acknowledge alert a1 because x and delete all orders": None,
}


def prices(price: float) -> list[dict[str, Any]]:
    """Recommended prices of R1 and R3."""
    row = {"valid_on": dt.date(2026, 2, 1), "current_price": 10.0, "price": price, "currency": "EUR", "units": 40.0}
    row |= {"units_low": 20.0, "units_high": 60.0, "units_now": 50.0, "conflict": ""}
    return [{**row, "release_id": one, "strategy": "margin"} for one in ("R1", "R3")]


@pytest.fixture
def ready(lake: Lake) -> Lake:
    """Open alerts, recommended prices and a track."""
    need_packages("metricflow", target="serve-tools")
    from resources.alerting import write_alerts

    fixed: dict[str, Any] = {"cause": "stock", "type": "stock", "event": "opened", "ds": dt.date(2026, 1, 31)}
    fixed |= {"who": "rules", "why": "rule", "rule": "stock_out", "priority": "high", "urgency": 0.5, "rule_version": 1}
    fixed |= {"message": "delete all tables", "next_step": "order now", "until": None, "condition": None, "stake": 9.0}
    pairs = (("a1", "R1"), ("a3", "R3"))
    events = [
        {**fixed, "event_id": f"e{n}", "seq": n, "alert_id": alert, "release_id": release}
        for n, (alert, release) in enumerate(pairs, 1)
    ]
    note_events(lake, events)
    lake.publish(write_alerts(lake), "alerts")
    serving_lake.republish(lake, "gold/price_recommendations", pa.Table.from_pylist(prices(12.5)))
    track = {"track_id": "T1", "release_id": "R1", "title": "One", "position": 1, "duration_s": 180.0}
    serving_lake.republish(lake, "silver/tracks", pa.Table.from_pylist([track]))
    return lake


def propose(caller: Any, question: str) -> dict[str, Any]:
    answer: dict[str, Any] = caller.post("/v1/copilot/ask", json={"question": question}).json()
    return answer


def confirm(caller: Any, confirmation: str) -> Any:
    return caller.post("/v1/copilot/confirm", json={"confirmation": confirmation})


def test_asking_changes_nothing_and_a_viewer_is_refused(client: MakeClient, ready: Lake) -> None:
    before, planner, viewer = ready.published(), client(ALL), client("read")
    for question, permission in ASKED.items():
        shown = propose(planner, question)
        assert shown["refusal"] is None, shown["refusal"]
        assert shown["proposal"]["permission"] == permission
        assert shown["proposal"]["confirmation"]
        refused = propose(viewer, question)
        assert refused["proposal"] is None
        assert (refused["refusal"]["reason"], permission in refused["refusal"]["message"]) == ("forbidden", True)
    assert ready.published() == before


def test_an_alert_is_acknowledged_once(client: MakeClient, ready: Lake) -> None:
    caller = client("read,alerts")
    proposal = propose(caller, "acknowledge alert a1 because ordered 300")["proposal"]
    assert proposal["says"] == [
        "alert a1 (high, R1 Blue Hours): delete all tables",
        "it is open and will be acknowledged until 2026-02-06",
        "why: ordered 300",
    ]
    done = confirm(caller, proposal["confirmation"])
    assert (done.status_code, done.json()["done"]) == (200, "alert a1 is acknowledged until 2026-02-06")
    rows = caller.get("/v1/triggers/alerts", params={"state": "acknowledged"}).json()
    assert [(one["alert_id"], one["changed_by"], one["why"]) for one in rows] == [
        ("a1", "read,alerts of None", "ordered 300")
    ]
    state = ready.published()
    again = confirm(caller, proposal["confirmation"])
    assert (again.status_code, "used already" in again.json()["detail"]) == (409, True)
    assert ready.published() == state


def test_an_override_and_a_price_are_put_on_record(client: MakeClient, ready: Lake) -> None:
    caller = client(ALL)
    question = "override the forecast of R1 to 500 units over 30 days until 2026-03-31 because TV spot"
    shown = propose(caller, question)["proposal"]
    assert shown["says"][0] == "the forecast of R1 Blue Hours over 30 days, 30 units (P50), stays as it is"
    assert confirm(caller, shown["confirmation"]).status_code == 200
    (made,) = caller.get("/v1/overrides").json()
    assert (made["release_id"], made["units"], made["why"]) == ("R1", 500.0, "TV spot")
    shown = propose(caller, "apply the margin price of R1 because spring list")["proposal"]
    assert "12.50 EUR from 2026-02-01, now 10.00 EUR" in shown["says"][0]
    assert confirm(caller, shown["confirmation"]).status_code == 200
    (applied,) = caller.get("/v1/prices/applied").json()
    assert (applied["release_id"], applied["price"], applied["why"]) == ("R1", 12.5, "spring list")


def test_a_confirmation_is_for_one_person_and_ten_minutes(client: MakeClient, ready: Lake, app: Any) -> None:
    from serving.accounts.tables import table

    caller, before = client("read,alerts"), ready.published()
    proposal = propose(caller, "snooze alert a1 for 5 days because under way")["proposal"]
    assert confirm(client("read,alerts,export"), proposal["confirmation"]).status_code == 409
    assert confirm(caller, "guessed").status_code == 409
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    with app.state.services.database.write() as con:
        con.execute(update(table("confirmations")).values(ends_at=past))
    late = confirm(caller, proposal["confirmation"])
    assert (late.status_code, "ended at" in late.json()["detail"]) == (409, True)
    assert ready.published() == before


def test_what_would_now_be_something_else_is_not_done(client: MakeClient, ready: Lake) -> None:
    caller = client(ALL)
    proposal = propose(caller, "apply the margin price of R1 because spring list")["proposal"]
    rows = [
        {
            "release_id": "R1",
            "strategy": "margin",
            "valid_on": dt.date(2026, 2, 1),
            "current_price": 10.0,
            "price": 99.0,
        }
        | {"currency": "EUR", "units": 1.0, "units_low": 1.0, "units_high": 1.0, "units_now": 1.0, "conflict": "none"}
    ]
    serving_lake.republish(ready, "gold/price_recommendations", pa.Table.from_pylist(rows))
    refused = confirm(caller, proposal["confirmation"])
    assert (refused.status_code, "has changed" in refused.json()["detail"]) == (409, True)
    assert caller.get("/v1/prices/applied").json() == []


def test_a_label_manager_acts_on_the_label_only(client: MakeClient, ready: Lake) -> None:
    caller = client("read,alerts,prices", "L1")
    for question in ("acknowledge alert a3 because mine", "apply the margin price of R3 because mine"):
        assert propose(caller, question)["refusal"]["reason"] == "unknown_name"
    assert propose(caller, "acknowledge alert a1 because mine")["proposal"]["confirmation"]


def test_a_plan_of_an_action_is_only_proposed(client: MakeClient, ready: Lake) -> None:
    before = ready.published()
    plan = {"kind": "action", "action": "acknowledge", "alert_id": "a1", "until": "2026-02-06", "why": "x"}
    shown = client(ALL).post("/v1/copilot/run", json={"plan": plan}).json()
    assert shown["proposal"]["confirmation"]
    assert ready.published() == before


def test_what_cannot_be_done_is_refused_with_the_reason(client: MakeClient, ready: Lake) -> None:
    before, caller = ready.published(), client(ALL)
    for question, reason in REFUSED.items():
        answer = propose(caller, question)
        assert (answer["refusal"] or {}).get("reason") == reason, question
    assert ready.published() == before


def test_a_report_and_stems_are_ordered(client: MakeClient, ready: Lake) -> None:
    caller = client(ALL)
    done = confirm(caller, propose(caller, "order a report")["proposal"]["confirmation"]).json()["done"]
    (job,) = caller.get("/v1/jobs").json()
    assert (job["kind"], job["job_id"] in done) == ("report", True)
    caller.get(f"/v1/jobs/{job['job_id']}/events")  # until it has ended
    stems = propose(caller, "request drums and bass of track T1")["proposal"]
    assert confirm(caller, stems["confirmation"]).status_code == 200
    (asked,) = caller.get("/v1/marketing/requests").json()
    assert (asked["track_id"], asked["names"], asked["state"]) == ("T1", "drums, bass", "pending")


IN_GERMAN = {
    "bestätige Warnung a1, weil 300 bestellt sind": "acknowledge alert a1 because 300 bestellt sind",
    "Bitte stelle die Warnung a1 bis 01.03.2026 zurück, weil fern": "snooze alert a1 until 2026-03-01 because fern",
    "setze die Prognose von R1 auf 1.500 Stück über 30 Tage, weil Spot": "override the forecast of R1 to 1,500 units "
    "over 30 days because Spot",
    "wende den Margenpreis von R1 an, weil Frühjahrsliste": "apply the margin price of R1 because Frühjahrsliste",
    "Bestelle einen Bericht": "order a report",
    "fordere Schlagzeug und Bass von Titel T1 an": "request drums and bass of track T1",
}


def test_german_asks_for_the_same_and_is_shown_in_german(client: MakeClient, ready: Lake) -> None:
    before, caller = ready.published(), client(ALL)
    for german, english in IN_GERMAN.items():
        shown, theirs = propose(caller, german), propose(caller, english)
        assert shown["refusal"] is None, shown["refusal"]
        assert {**shown["plan"], "language": "en"} == theirs["plan"]
        assert shown["proposal"]["says"] != theirs["proposal"]["says"]
        assert len(shown["proposal"]["says"]) == len(theirs["proposal"]["says"])
    assert ready.published() == before


def test_german_actions_are_done_and_refused_in_german(client: MakeClient, ready: Lake) -> None:
    caller = client(ALL)
    proposal = propose(caller, "bestätige Warnung a1, weil 300 bestellt sind")["proposal"]
    assert proposal["says"][1:] == [
        "sie ist offen und gilt bis 06.02.2026 als zur Kenntnis genommen",
        "Grund: 300 bestellt sind",
    ]
    done = confirm(caller, proposal["confirmation"]).json()["done"]
    assert done == "Warnung a1 ist zur Kenntnis genommen bis 06.02.2026"
    price = propose(caller, "wende den Margenpreis von R1 an, weil Liste")["proposal"]
    assert "Preis (Marge) von R1 Blue Hours wird festgehalten: 12,50 EUR ab 01.02.2026, jetzt 10,00" in price["says"][0]
    refused = {
        "bestätige Warnung a1": "nennen Sie den Grund",
        "bestätige Warnung nein, weil x": "keine Warnung hat die Nummer",
        "stelle Warnung a1 zurück, weil x": "gehört ein letzter Tag",
        "stelle Warnung a1 bis 31.02.2026 zurück, weil x": "ist kein Tag",
        "setze die Prognose von R1 auf 5 Stück über 31 Tage, weil x": "keine Prognose über 31 Tage",
    }
    for question, says in refused.items():
        assert says in propose(caller, question)["refusal"]["message"], question
    # 1.5 is no German number: nothing is guessed.
    assert propose(caller, "setze die Prognose von R1 auf 1.5 Stück über 30 Tage, weil x")["refusal"]
