"""By command: all pseudonyms change their key, joins by buyer stay, a wrong key is refused and printed nowhere."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from assets.bronze.erp_changes import erp_changes
from assets.bronze.feedback_events import feedback_events
from assets.silver.buyers import buyers
from assets.silver.orders import orders
from assets.silver.sales_feedback import sales_feedback
from lake.delta.sessions import open_sessions
from lake.lakehouse import Lake
from lake.personal import key_name, pseudonym
from serving.commands.privacy import new_key
from tests.end_to_end.commands import home_of, lacquer, start
from tests.erasure_search import found_in
from tests.unit.silver.landed import change, take_in

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]
OLD, NEW = "the-old-key-of-the-pseudonyms-0001", "the-new-key-of-the-pseudonyms-0002"
DAY = "2024-03-01T09:00:00Z"
JOINED = (
    "select b.email is null, count(*), count(distinct o.order_id) from silver.orders o "
    "join silver.buyers b using (buyer_id) group by b.email, b.phone order by all"
)


def asked(lake: Path, query: str) -> list[tuple[Any, ...]]:
    return Lake(lake).connect_published().execute(query).fetchall()


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Forty buyers of seven contacts with an order or more each, published; nothing personal is stored yet."""
    root, changes = tmp_path / "lake", []
    for at in range(40):
        row = {"buyer_id": f"B{at}", "company_name": f"Shop {at}", "kind": "shop", "country": "DE", "created_at": DAY}
        row |= {"email": f"c{at % 7}@example.test", "phone": f"+49 30 {at % 5}555 000"}
        changes.append(change("buyers", row, at + 1))
        head = {"order_type": "sale", "currency": "EUR", "country": "DE", "status": "open", "created_at": DAY}
        changes += [
            change("orders", head | {"order_id": f"O{at}-{number}", "buyer_id": f"B{at}"}, 100 + at)
            for number in range(1 + at % 3)
        ]
    take_in(root, "erp", changes, erp_changes, buyers, orders)
    told = {"kind": "sales_feedback", "feedback_id": "F1", "release_id": "R1", "reported_by": "Ada", "created_at": DAY}
    take_in(root, "feedback", [told], feedback_events, sales_feedback)
    store = Lake(root)
    store.publish(store.versions(), "first")
    for run in open_sessions(root):
        store.session(run).close()
    return root


def rotate(file: Path, *more: str) -> tuple[str | Path, ...]:
    return ("privacy", "rotate-key", "--key-file", file, *more)


def test_all_pseudonyms_change_their_key_together(lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(OLD)
    first = lacquer(lake, *rotate(file))
    assert first.returncode == 0, first.stderr
    emails = "select buyer_id, email from silver.buyers order by all"
    before, joined = asked(lake, emails), asked(lake, JOINED)
    assert before == sorted((f"B{at}", pseudonym(OLD, f"c{at % 7}@example.test")) for at in range(40))

    for wrong, why in ((NEW[:20], "it needs 32"), (OLD, "another key"), (f"{NEW} {NEW}", "one line without blanks")):
        file.write_text(wrong)
        refused = lacquer(lake, *rotate(file), LACQUER_PSEUDONYM_KEY=OLD)
        assert (refused.returncode, why in refused.stderr) == (1, True), refused.stderr
        assert wrong not in refused.stderr + refused.stdout

    file.write_text(NEW + "\n")
    process = start(lake, *rotate(file), LACQUER_PSEUDONYM_KEY=OLD, PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    assert process.stdout.readline() == "silver/buyers\n"
    assert process.stdout.readline().startswith("silver/")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    keys = {key_name(OLD), key_name(NEW)}
    assert {str(email).split(":")[0] for _, email in asked(lake, emails)} < keys, "readers see one key"

    done = lacquer(lake, *rotate(file, "--purge"), LACQUER_PSEUDONYM_KEY=OLD)
    assert done.returncode == 0, done.stderr + done.stdout
    assert NEW not in done.stderr + done.stdout
    assert lacquer(lake, "privacy", "keys", LACQUER_PSEUDONYM_KEY=NEW).returncode == 0
    assert lacquer(lake, "privacy", "keys", LACQUER_PSEUDONYM_KEY=OLD).returncode == 1
    assert asked(lake, emails) == sorted((f"B{at}", pseudonym(NEW, f"c{at % 7}@example.test")) for at in range(40))
    assert asked(lake, JOINED) == joined
    places = [place for place in (lake, home_of(lake)) if place.is_dir()]
    assert [hit for place in places for hit in found_in(place, [f"{key_name(OLD)}:", OLD, NEW])] == []
    assert not [file for file in tmp_path.glob("*.sqlite*") if key_name(OLD).encode() in file.read_bytes()]
    assert found_in(lake, [f"{key_name(NEW)}:"])


def test_a_random_key_is_written_where_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "key"
    key = new_key(file)
    assert len(key) >= 64
    assert file.read_text().strip() == key == new_key(file)
    assert os.stat(file).st_mode & 0o077 == 0
