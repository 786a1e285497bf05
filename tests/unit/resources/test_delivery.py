"""Messages reach real receivers, once each: also when the sender dies or the receiver is down."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from resources.database import Database, default_address
from resources.delivery.channels import Channel, ChannelError, read_channels
from resources.delivery.outbox import OUTBOX, TABLES, counts, put
from resources.delivery.sending import send_due
from tests.receivers import mails, posts

CHECKOUT = Path(__file__).resolve().parents[3]


def event(number: int, **changes: Any) -> dict[str, Any]:
    given = {
        "event_id": f"e{number}",
        "alert_id": f"a{number}",
        "event": "opened",
        "release_id": "R1",
        "type": "stock",
        "cause": "stock",
        "rule": "stock_out",
        "priority": "high",
        "stake": 1234.5,
        "message": f"nothing is available ({number})",
        "next_step": "order",
    }
    return given | changes


@pytest.fixture
def database(tmp_path: Path) -> Any:
    made = Database(default_address(tmp_path / "lake"), TABLES)
    yield made
    made.close()


def test_an_event_put_in_twice_is_one_message_and_carries_its_identity(database: Database) -> None:
    with posts() as server:
        channels = [Channel("web", server.address), Channel("critical only", server.address, "critical")]
        assert put(database, channels, [event(1), event(1), event(2, event="merged")]) == 1
        assert put(database, channels, [event(1)]) == 0
        assert send_due(database, channels) == (1, 0)
        assert send_due(database, channels) == (0, 0)
        ((key, body),) = server.got
    assert len(key) == 32
    assert body["title"] == "[high] R1: stock_out"
    assert "At stake: 1,234.50" in body["message"]


def test_a_digest_is_one_mail_with_all_that_is_due(database: Database) -> None:
    with mails() as (kept, address):
        channel = Channel("planners", address, mode="digest")
        put(database, [channel], [event(number) for number in range(3)])
        assert send_due(database, [channel]) == (0, 0)  # not before its hour
        with database.write() as connection:
            connection.execute(update(OUTBOX).values(due_at=datetime(2026, 1, 1)))  # noqa: DTZ001
        assert send_due(database, [channel]) == (3, 0)
        (mail,) = kept.got
    assert mail["To"] == "planner@example.org"
    assert "3 alerts" in str(mail["Subject"])
    assert mail["Idempotency-Key"]


def test_a_receiver_that_is_down_gets_its_message_later_and_others_get_theirs_now(database: Database) -> None:
    with posts() as down, posts() as up:
        down.is_down = True
        channels = [Channel("down", down.address), Channel("up", up.address)]
        put(database, channels, [event(1)])
        assert send_due(database, channels) == (1, 1)
        down.is_down = False
        assert send_due(database, channels) == (0, 0)  # waits
        with database.write() as connection:
            connection.execute(update(OUTBOX).values(due_at=datetime(2026, 1, 1)))  # noqa: DTZ001
        assert send_due(database, channels) == (1, 0)
        assert len(down.got) == len(up.got) == 1


@pytest.mark.heavy
def test_killed_senders_lose_nothing_and_a_repetition_has_the_same_identity(database: Database) -> None:
    count = 40
    with posts() as server:
        channel = Channel("web", server.address)
        put(database, [channel], [event(number) for number in range(count)])
        code = (
            "import sys\nfrom resources.database import Database\nfrom resources.delivery.channels import Channel\n"
            "from resources.delivery.outbox import TABLES\nfrom resources.delivery.sending import send_due\n"
            "send_due(Database(sys.argv[1], TABLES), [Channel('web', sys.argv[2])])\n"
        )
        for aim in (5, 15, 25):
            sender = subprocess.Popen(
                [sys.executable, "-c", code, database.address, server.address],
                cwd=CHECKOUT,
                env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            )
            while len(server.got) < aim and sender.poll() is None:
                time.sleep(0.002)
            sender.send_signal(signal.SIGKILL)
            sender.wait()
            with database.write() as connection:  # the lease of the dead sender ends
                connection.execute(update(OUTBOX).values(leased_until=datetime(2026, 1, 1)))  # noqa: DTZ001
        send_due(database, [channel])
        keys = [key for key, _ in server.got]
    assert counts(database) == {"sent": count}
    assert len(set(keys)) == count
    assert len(keys) <= count + 3  # at most the message that was under way at each kill


def test_quiet_hours_hold_back_all_but_critical_alerts() -> None:
    channel = Channel("web", "json://localhost", quiet_from=20, quiet_to=6)
    night, noon = datetime(2026, 1, 1, 23, tzinfo=UTC), datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert channel.due(night, "high") == datetime(2026, 1, 2, 6, tzinfo=UTC)
    assert channel.due(night, "critical") == night
    assert channel.due(noon, "low") == noon


def test_channels_are_read_with_secrets_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "channels.yaml"
    path.write_text(
        "channels:\n  - {name: ops, url: 'json://user:$OPS_KEY@localhost/x', least_priority: high, types: [stock]}\n"
    )
    with pytest.raises(ChannelError, match="channel ops: the environment lacks OPS_KEY"):
        read_channels(path)
    monkeypatch.setenv("OPS_KEY", "k")
    (channel,) = read_channels(path)
    assert channel.url == "json://user:k@localhost/x"
    assert channel.wants("critical", "stock")
    assert not channel.wants("medium", "stock")
    assert not channel.wants("high", "price")
    path.write_text("channels:\n  - {name: ops, url: 'nothing://x'}\n")
    with pytest.raises(ChannelError, match="apprise knows no address"):
        read_channels(path)
