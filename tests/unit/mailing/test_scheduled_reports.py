"""Scheduled reports: due at the right times, mailed once to real SMTP, with the rows of their owner."""

import csv
import io
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from resources.delivery.outbox import OUTBOX, counts
from tests import serving_lake
from tests.receivers import Mails
from tests.serving_clients import browser, logged_in

pytestmark = pytest.mark.heavy
CHECKOUT = Path(__file__).resolve().parents[3]
WEEKLY = {"name": "Sales", "report": "weekly-sales", "addresses": ["a@example.org", "b@example.org"]}
REVENUE = {
    "name": "Revenue by release",
    "report": "metrics",
    "question": {"metrics": ["net_revenue"], "group_by": ["release"], "last_days": 3660},
    "form": "csv",
    "every": "day",
    "addresses": ["a@example.org"],
}


def deliver(app: Any) -> tuple[int, int, int]:
    """Mail what is due, as the server's thread does."""
    from serving.mailing.delivery import Post
    from serving.mailing.delivery import deliver as deliver_now

    services = app.state.services
    server = services.settings.mail_server.get_secret_value()
    return deliver_now(Post(services.database, services.publications, services.metric_layer, server))


def make_due(app: Any, ago: timedelta = timedelta(minutes=1)) -> None:
    """Let every schedule be due since a while."""
    from serving.accounts.tables import table

    with app.state.services.database.write() as con:
        con.execute(update(table("report_schedules")).values(next_at=datetime.now(UTC) - ago))


def attachment(mail: Message) -> tuple[str, bytes]:
    """Name and content of the file of a mail."""
    (part,) = [one for one in mail.walk() if one.get_filename()]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return str(part.get_filename()), content


def revenue(content: bytes) -> dict[str, Decimal]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    return {row["release"]: Decimal(row["net_revenue"]) for row in rows}


def expected(labels: set[str]) -> dict[str, Decimal]:
    """Revenue per release, from the lines."""
    found: dict[str, Decimal] = {}
    for _, _, _, release, _, money, _ in serving_lake.LINES:
        if serving_lake.OWNERS[release] in labels:
            found[release] = found.get(release, Decimal(0)) + Decimal(money)
    return found


@pytest.mark.parametrize(
    ("when", "after", "due"),
    [
        ({"every": "day", "hour": 6}, "2026-03-04T05:59", "2026-03-04T06:00"),
        ({"every": "day", "hour": 6}, "2026-03-04T06:00", "2026-03-05T06:00"),
        ({"every": "week", "on": 1, "hour": 0}, "2026-03-04T00:00", "2026-03-09T00:00"),
        ({"every": "week", "on": 7, "hour": 23}, "2026-03-08T22:30", "2026-03-08T23:00"),
        ({"every": "month", "on": 28, "hour": 7}, "2026-02-28T07:00", "2026-03-28T07:00"),
        ({"every": "month", "on": 1, "hour": 7}, "2026-12-31T12:00", "2027-01-01T07:00"),
    ],
)
def test_the_next_time_is_the_calendars(when: dict[str, Any], after: str, due: str) -> None:
    from serving.mailing.schedules import NewSchedule

    what = NewSchedule.model_validate(WEEKLY | when)
    assert what.next_after(datetime.fromisoformat(after + "+00:00")) == datetime.fromisoformat(due + "+00:00")


def test_each_address_gets_the_report_once_with_the_rows_of_its_owner(app: Any, post_box: tuple[Mails, str]) -> None:
    for labels in (None, "L1"):
        client = logged_in(app, "analyst", labels)
        assert client.post("/v1/reports/schedules", json=WEEKLY).status_code == 201
        assert client.post("/v1/reports/schedules", json=REVENUE).status_code == 201
    assert deliver(app) == (0, 0, 0)  # nothing is due yet
    make_due(app, timedelta(days=40))  # what was missed meanwhile is made up for once
    assert deliver(app) == (6, 6, 0)
    assert deliver(app) == (0, 0, 0)
    got = post_box[0].got
    assert sorted(str(mail["To"]) for mail in got) == ["a@example.org"] * 4 + ["b@example.org"] * 2
    assert len({mail["Idempotency-Key"] for mail in got}) == 6
    files = [attachment(mail) for mail in got]
    pdfs = sorted(name for name, content in files if content.startswith(b"%PDF-"))
    assert pdfs == ["weekly-sales-2026-01-20.pdf"] * 2 + ["weekly-sales-2026-01-30.pdf"] * 2
    whole, own = sorted((revenue(content) for name, content in files if name.endswith(".csv")), key=len, reverse=True)
    assert (whole, own) == (expected({"L1", "L2"}), expected({"L1"}))


def test_an_owner_who_may_not_export_any_more_gets_nothing(app: Any, post_box: tuple[Mails, str]) -> None:
    from serving.accounts.users import all_users, change_user

    client, database = logged_in(app, "analyst"), app.state.services.database
    assert client.post("/v1/reports/schedules", json=REVENUE).status_code == 201
    (user,) = all_users(database)
    change_user(database, user["user_id"], "test", role="viewer")
    make_due(app)
    assert deliver(app) == (0, 0, 0)
    assert post_box[0].got == []
    shown = logged_in(app, "admin").get("/v1/reports/schedules").json()
    assert [one["stopped"] for one in shown] == ["analyst of None may not take reports away any more"]


def test_narrowed_labels_and_removed_schedules_hold_for_what_waits(app: Any, post_box: tuple[Mails, str]) -> None:
    from serving.accounts.users import all_users, change_user
    from serving.mailing.delivery import put_due

    client, database = logged_in(app, "analyst"), app.state.services.database
    client.post("/v1/reports/schedules", json=REVENUE)
    removed = client.post("/v1/reports/schedules", json=WEEKLY).json()["schedule_id"]
    make_due(app)
    assert put_due(database, datetime.now(UTC)) == 3
    assert client.delete(f"/v1/reports/schedules/{removed}").status_code == 204
    (user,) = all_users(database)
    change_user(database, user["user_id"], "test", labels="L2")
    assert deliver(app) == (0, 1, 2)
    (mail,) = post_box[0].got
    assert revenue(attachment(mail)[1]) == expected({"L2"})


def test_a_mail_server_that_is_down_gets_the_mail_later(app: Any, post_box: tuple[Mails, str]) -> None:
    from pydantic import SecretStr

    client, services = logged_in(app, "analyst"), app.state.services
    client.post("/v1/reports/schedules", json=REVENUE)
    make_due(app)
    there = services.settings
    services.settings = there.model_copy(
        update={"mail_server": SecretStr("mailto://127.0.0.1:1?from=l@example.org&to=x@example.org")}
    )
    assert deliver(app) == (1, 0, 1)
    (shown,) = client.get("/v1/reports/schedules").json()
    assert (shown["last_state"], shown["last_error"] is not None) == ("waiting", True)
    services.settings = there
    with services.database.write() as con:
        con.execute(update(OUTBOX).values(due_at=datetime(2026, 1, 1)))  # noqa: DTZ001
    assert deliver(app) == (0, 1, 0)
    assert len(post_box[0].got) == 1


def test_the_page_schedules_shows_and_removes(app: Any) -> None:
    client = logged_in(app, "analyst")
    form = {"name": "<b>Board", "report": "weekly-sales", "addresses": "a@example.org, b@example.org", "every": "day"}
    assert client.post("/reports/mail", data=form).status_code == 303
    asked = {"name": "Revenue", "report": "metrics", "metric": ["net_revenue"], "by": ["release", ""], "on": "31"}
    assert client.post("/reports/mail", data=asked | {"addresses": "a@example.org", "every": "day"}).status_code == 303
    page = client.get("/reports/mail").text
    assert "&lt;b&gt;Board" in page
    assert "a@example.org, b@example.org" in page
    first = client.get("/v1/reports/schedules").json()[0]["schedule_id"]
    other = logged_in(app, "planner")
    assert other.post(f"/reports/mail/{first}/remove").status_code == 404
    assert "a@example.org" not in other.get("/reports/mail").text
    assert client.post(f"/reports/mail/{first}/remove").status_code == 303
    assert len(client.get("/v1/reports/schedules").json()) == 1
    assert client.get("/reports/files/weekly-sales").content.startswith(b"%PDF-")
    assert logged_in(app, "viewer").get("/reports/mail").status_code == 403
    assert browser(app).get("/reports/mail").status_code == 303
    assert 'name="last_days"' in client.get("/metrics?metric=net_revenue").text


def test_what_cannot_be_is_refused(app: Any) -> None:
    client = logged_in(app, "analyst")
    question = {"metrics": ["nothing"], "group_by": [], "last_days": 30}
    wrong: list[tuple[dict[str, Any], str]] = [
        (WEEKLY | {"addresses": ["a@evil.example"]}, "reports go to example.org only"),
        (WEEKLY | {"addresses": ["a@example.org&to=b@evil.example"]}, "addresses"),
        (WEEKLY | {"addresses": ["a@example.org\nBcc: b@evil.example"]}, "addresses"),
        (WEEKLY | {"name": "x\r\nBcc: b@evil.example"}, "name"),
        (WEEKLY | {"report": "nothing"}, "there are weekly-sales"),
        (WEEKLY | {"report": "buyer-sheet"}, "a buyer sheet needs one"),
        (WEEKLY | {"every": "week", "on": 8}, "the last possible day of a week is 7"),
        (WEEKLY | {"question": {"metrics": ["net_revenue"]}}, "question"),
        (REVENUE | {"question": question}, "no such metric"),
    ]
    for body, why in wrong:
        answer = client.post("/v1/reports/schedules", json=body)
        assert (answer.status_code, why in answer.text) == (422, True), answer.text


def test_a_running_server_mails_by_itself(app: Any, post_box: tuple[Mails, str]) -> None:
    from fastapi.testclient import TestClient

    logged_in(app, "analyst").post("/v1/reports/schedules", json=REVENUE)
    make_due(app)
    waiting = threading.Event()
    with TestClient(app):  # begins and ends the server's threads
        for _ in range(600):
            if post_box[0].got or waiting.wait(0.05):
                break
    assert [str(mail["Subject"]) for mail in post_box[0].got] == ["Revenue by release"]


def test_killed_senders_lose_nothing_and_a_repetition_has_the_same_identity(
    app: Any, post_box: tuple[Mails, str]
) -> None:
    count = 10
    addresses = [f"n{number}@example.org" for number in range(count)]
    database, kept = app.state.services.database, post_box[0]
    logged_in(app, "analyst").post("/v1/reports/schedules", json=REVENUE | {"addresses": addresses})
    make_due(app)
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT), "LACQUER_MAIL_SERVER": post_box[1]}
    command = [sys.executable, "-m", "serving.cli", "reports", "deliver", "--lake", str(app.state.services.lake.root)]
    for aim in (2, 5):
        sender = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL)
        while len(kept.got) < aim and sender.poll() is None:
            time.sleep(0.002)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        with database.write() as con:  # the lease of the dead sender ends
            con.execute(update(OUTBOX).values(leased_until=datetime(2026, 1, 1)))  # noqa: DTZ001
    deliver(app)
    assert counts(database) == {"sent": count}
    assert {str(mail["To"]) for mail in kept.got} == set(addresses)
    assert len({mail["Idempotency-Key"] for mail in kept.got}) == count
    assert len(kept.got) <= count + 2  # at most the mail that was under way at each kill
