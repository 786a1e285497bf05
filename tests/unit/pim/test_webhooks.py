"""Webhooks are taken when they are the sender's, of now, and new; what is answered with 202 is on record."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from lake.journals.webhooks import DONE, Webhook, note, unfinished
from lake.lakehouse import Lake
from resources.pim.signatures import SignatureError, key_of, sign, verified_id
from serving.webhooks.receiver import MOST_BYTES, PATH, Receiver

SECRET = "a-secret-of-the-webhooks"
# The example of the Standard Webhooks libraries.
EXAMPLE_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXAMPLE_BODY = b'{"test": 2432232314}'
EXAMPLE = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def message(body: Any, webhook_id: str = "msg_1", at: int | None = None, secret: str = SECRET) -> dict[str, Any]:
    """The arguments of a signed POST."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = int(time.time()) if at is None else at
    signature = sign(key_of(secret), webhook_id, stamp, content)
    headers = {"webhook-id": webhook_id, "webhook-timestamp": str(stamp), "webhook-signature": signature}
    return {"content": content, "headers": headers}


@pytest.fixture
def taken() -> list[Webhook]:
    return []


@pytest.fixture
def client(lake: Lake, taken: list[Webhook]) -> Iterator[TestClient]:
    with TestClient(Receiver(lake, key_of(SECRET), ["Release", "Artist"], taken.extend).app()) as client:
        yield client


def test_a_signature_is_that_of_the_specification() -> None:
    now = 1614265330.0
    assert verified_id(key_of(EXAMPLE_SECRET), EXAMPLE, EXAMPLE_BODY, now) == EXAMPLE["webhook-id"]
    other = f"v1,{base64.b64encode(b'x' * 32).decode()}"
    rotated = EXAMPLE | {"webhook-signature": f"{other} {EXAMPLE['webhook-signature']}"}
    assert verified_id(key_of(EXAMPLE_SECRET), rotated, EXAMPLE_BODY, now + 299)
    wrong = [
        ({}, EXAMPLE_BODY, now),
        (EXAMPLE, EXAMPLE_BODY + b" ", now),
        (EXAMPLE, EXAMPLE_BODY, now + 301),
        (EXAMPLE, EXAMPLE_BODY, now - 301),
        (EXAMPLE | {"webhook-id": "msg_other"}, EXAMPLE_BODY, now),
        (EXAMPLE | {"webhook-timestamp": "1614265331"}, EXAMPLE_BODY, now),
        (EXAMPLE | {"webhook-timestamp": "soon"}, EXAMPLE_BODY, now),
        (EXAMPLE | {"webhook-signature": "v1,"}, EXAMPLE_BODY, now),
        (EXAMPLE | {"webhook-signature": "v1,ä"}, EXAMPLE_BODY, now),
    ]
    for headers, body, at in wrong:
        with pytest.raises(SignatureError):
            verified_id(key_of(EXAMPLE_SECRET), headers, body, at)
    with pytest.raises(ValueError, match="must be Base64"):
        key_of("whsec_no base64!")


def test_a_message_is_on_record_when_it_is_answered(client: TestClient, lake: Lake, taken: list[Webhook]) -> None:
    answer = client.post(PATH, **message({"id": "1001", "classname": "Release", "event": "update"}))
    assert (answer.status_code, answer.json()) == (202, {"status": "taken"})
    hook = Webhook("msg_1", "Release", 1001, "update")
    assert unfinished(lake) == [hook]
    assert taken == [hook]
    note(lake, [hook], DONE)
    assert unfinished(lake) == []


def test_a_replay_is_known_also_to_the_next_server(client: TestClient, lake: Lake, taken: list[Webhook]) -> None:
    sent = message({"id": 1001, "classname": "Release"})
    assert [client.post(PATH, **sent).status_code for _ in range(2)] == [202, 200]
    with TestClient(Receiver(lake, key_of(SECRET), ["Release"], taken.extend).app()) as again:
        assert again.post(PATH, **sent).json() == {"status": "known"}
    assert len(taken) == len(unfinished(lake)) == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (message({"id": 1, "classname": "Release"}, secret="another-secret-of-someone"), 401),
        (message({"id": 1, "classname": "Release"}, at=int(time.time()) - 3600), 401),
        ({"content": b"{}"}, 401),
        (message(b"\xff{"), 400),
        (message([1]), 400),
        (message(b"[" * 60_000), 400),
        (message({"classname": "Release"}), 400),
        (message({"id": "1; drop table", "classname": "Release"}), 400),
        (message({"id": -1, "classname": "Release"}), 400),
        (message({"id": 1, "classname": "Release) { x }"}), 400),
        (message({"id": 1, "classname": "Release", "event": "explode"}), 400),
        (message({"id": 1, "classname": "Newsletter"}), 200),
        (message(b"x" * (MOST_BYTES + 1)), 413),
    ],
)
def test_what_is_not_a_message_for_us_leaves_no_trace(
    client: TestClient, lake: Lake, taken: list[Webhook], sent: dict[str, Any], status: int
) -> None:
    assert client.post(PATH, **sent).status_code == status
    assert taken == unfinished(lake) == []
    assert client.get("/health").json() == {"status": "ok"}


def test_what_cannot_be_put_on_record_is_not_taken_and_may_come_again(
    client: TestClient, lake: Lake, taken: list[Webhook]
) -> None:
    place = lake.root / "lake"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file where the folder of the tables must be")
    sent = message({"id": 1, "classname": "Release"})
    assert client.post(PATH, **sent).status_code == 503
    assert taken == []
    place.unlink()
    assert client.post(PATH, **sent).status_code == 202
    assert len(taken) == len(unfinished(lake)) == 1


def test_a_message_that_comes_again_while_the_first_waits_is_answered_with_it(
    client: TestClient, lake: Lake, taken: list[Webhook], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the sender of the second would hear that it is known, and the record of the first may yet fail."""
    began, end = threading.Event(), threading.Event()

    def full_disk(*_: object) -> None:
        began.set()
        end.wait(60)
        raise OSError("no space left on device")

    monkeypatch.setattr("serving.webhooks.receiver.note", full_disk)
    sent = message({"id": 1, "classname": "Release"})
    with ThreadPoolExecutor() as senders:
        first = senders.submit(client.post, PATH, **sent)
        began.wait(60)
        second = senders.submit(client.post, PATH, **sent)
        time.sleep(0.2)
        end.set()
        assert [one.result().status_code for one in (first, second)] == [503, 503]
    monkeypatch.undo()
    assert taken == []
    assert [client.post(PATH, **sent).status_code for _ in range(2)] == [202, 200]
    assert len(taken) == len(unfinished(lake)) == 1
