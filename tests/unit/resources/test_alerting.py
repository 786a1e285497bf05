"""Following days and acting on alerts, on a real lake: each day once, each act an event with who and why."""

from pathlib import Path

import polars as pl
import pytest

from demo.incidents import planted_incidents
from lake.journals.alerts import ALERT_EVENTS, note_events, read_events
from lake.lakehouse import Lake
from ml.alerts.facts import alert_facts
from ml.alerts.release_triggers import release_triggers
from resources.alerting import ALERTS_KEY, Alerting, act, write_alerts


@pytest.fixture(scope="module")
def facts() -> pl.DataFrame:
    planted = planted_incidents(5, releases=40, days=150)
    return alert_facts(planted.daily, planted.prices, release_triggers(planted.daily, 40), 40)


def test_days_are_followed_once_and_in_parts_as_at_once(facts: pl.DataFrame, tmp_path: Path) -> None:
    days = facts["ds"].unique().sort().to_list()
    parts, whole, alerting = Lake(tmp_path / "parts"), Lake(tmp_path / "whole"), Alerting()
    for last in (days[10], days[10], days[30], days[-1]):
        alerting.follow(parts, facts.filter(pl.col("ds") <= last))
    assert alerting.follow(parts, facts) == []
    events = alerting.follow(whole, facts)
    assert len(events) > 20
    shown = ("event_id", "seq", "alert_id", "event", "ds", "priority")
    assert [[row[name] for name in shown] for row in read_events(parts)[0]] == [
        [row[name] for name in shown] for row in read_events(whole)[0]
    ]
    version = whole.table(ALERT_EVENTS).version()
    assert note_events(whole, events) == version  # noted already


def test_an_act_is_published_with_who_and_why(facts: pl.DataFrame, tmp_path: Path) -> None:
    store = Lake(tmp_path / "lake")
    Alerting().follow(store, facts)
    write_alerts(store)
    table = pl.read_delta(str(store.path(ALERTS_KEY))).sort("rank")
    first = table.row(0, named=True)
    assert first["state"] == "open"
    one = act(store, first["alert_id"], "acknowledged", "ana", "ordered 300")
    assert one.state == "acknowledged"
    con = store.connect_published()
    query = "select state, changed_by, why from gold.alerts where alert_id = $1"
    assert con.execute(query, [first["alert_id"]]).fetchall() == [("acknowledged", "ana", "ordered 300")]
    act(store, first["alert_id"], "resolved", "ben", "arrived")
    with pytest.raises(ValueError, match="is resolved since"):
        act(store, first["alert_id"], "acknowledged", "ana", "late")
    with pytest.raises(LookupError, match="alert nothing: there is none"):
        act(store, "nothing", "resolved", "ana", "x")
    kinds = [event["event"] for event in read_events(store)[0] if event["alert_id"] == first["alert_id"]]
    assert kinds[-2:] == ["acknowledged", "resolved"]
