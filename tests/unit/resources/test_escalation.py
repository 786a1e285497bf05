"""An alert that nobody takes up goes to another receiver, once, after the hours that the channel states."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from lake.journals.alerts import note_events, read_events
from lake.lakehouse import Lake
from ml.alerts.alert import Alert, make_event
from resources.alerting import act, write_alerts
from resources.database import Database, default_address
from resources.delivery.channels import Channel, ChannelError, read_channels
from resources.delivery.outbox import OUTBOX, TABLES, counts
from resources.delivery.sending import deliver_new
from tests.receivers import mails, posts

SENT = dt.datetime(2026, 1, 5, 9)  # noqa: DTZ001 (UTC without a zone, as the database keeps it)
DAY = SENT.date()


@pytest.fixture
def store(tmp_path: Path) -> Lake:
    """A lake with two open alerts."""
    made = Lake(tmp_path / "lake")
    events = []
    for place, name in enumerate(("stock", "price"), start=1):
        one = Alert(f"alert-{name}", "R1", name, name, DAY)
        hit = {"rule": name, "priority": "high", "stake": 500.0, "urgency": 1.0, "message": name, "next_step": "act"}
        events.append(make_event(one, "opened", DAY, "rules", name, place, hit, rule_version=1))
    note_events(made, events, DAY)
    made.publish(write_alerts(made), "alerts")
    return made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(default_address(tmp_path / "lake"), TABLES)
    yield made
    made.close()


def sent_at(database: Database, moment: dt.datetime) -> None:
    """Say of every message that was sent when that was."""
    with database.write() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.state == "sent").values(sent_at=moment))


def after(hours: float) -> dt.datetime:
    return SENT + dt.timedelta(hours=hours)


def test_what_nobody_acknowledged_reaches_a_second_person_by_mail(store: Lake, database: Database) -> None:
    with posts() as first, mails() as (second, address):
        channels = [
            Channel("desk", first.address, escalate_to="lead", escalate_hours=4),
            Channel("lead", address, only_escalations=True),
        ]
        assert deliver_new(store, database, channels, SENT) == (2, 2, 0)
        assert second.got == []
        sent_at(database, SENT)
        act(store, "alert-price", "acknowledged", "ana", "asked the label", until=DAY + dt.timedelta(days=7))
        assert deliver_new(store, database, channels, after(3.9)) == (0, 0, 0)
        assert deliver_new(store, database, channels, after(4)) == (1, 1, 0)
        assert deliver_new(store, database, channels, after(40)) == (0, 0, 0)  # once
        (mail,) = second.got
        assert "Nobody acted: [high] R1: stock" in str(mail["Subject"])
        assert "within 4 hours after desk got it" in str(mail.get_payload(decode=False))
        assert len(first.got) == 2
    (note,) = [event for event in read_events(store)[0] if event["event"] == "handed_on"]
    assert (note["alert_id"], note["who"], note["ds"]) == ("alert-stock", "rules", DAY)
    assert note["why"] == "nobody acted within 4 hours after desk got it; sent to lead"


def test_an_escalation_goes_on_along_the_chain_and_stops(store: Lake, database: Database) -> None:
    with posts() as desk, posts() as lead, posts() as head:
        channels = [
            Channel("desk", desk.address, types=("stock",), escalate_to="lead", escalate_hours=1),
            Channel("lead", lead.address, only_escalations=True, escalate_to="head", escalate_hours=2),
            Channel("head", head.address, only_escalations=True, escalate_to="desk", escalate_hours=2),
        ]
        deliver_new(store, database, channels, SENT)
        sent_at(database, SENT)
        for hours, state in ((1, (1, 1, 0)), (3, (1, 1, 0)), (5, (1, 1, 0)), (90, (0, 0, 0)), (900, (0, 0, 0))):
            assert deliver_new(store, database, channels, after(hours)) == state
            sent_at(database, SENT)
        assert [len(one.got) for one in (desk, lead, head)] == [2, 1, 1]  # back to the desk, and no further
    assert counts(database) == {"sent": 4}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("escalate_to: lead", "stand together"),
        ("escalate_to: nobody, escalate_hours: 4", "escalate_to nobody is no other channel"),
        ("escalate_to: desk, escalate_hours: 4", "escalate_to desk is no other channel"),
        ("escalate_to: lead, escalate_hours: 0", "lies above 0"),
    ],
)
def test_a_wrong_escalation_is_named(tmp_path: Path, more: str, message: str) -> None:
    path = tmp_path / "channels.yaml"
    path.write_text(
        f"channels:\n  - {{name: desk, url: 'json://localhost', {more}}}\n  - {{name: lead, url: 'json://localhost'}}\n"
    )
    with pytest.raises(ChannelError, match=message):
        read_channels(path)
