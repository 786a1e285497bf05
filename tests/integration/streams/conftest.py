"""One real Kafka broker for these tests, and topics of its own for each."""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.servers.java import missing
from benchmarks.servers.kafka import Broker
from tests.needs import need, need_packages


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    need_packages("confluent_kafka", target="streams")
    lack = missing()
    need(lack is None, str(lack))
    with tempfile.TemporaryDirectory(prefix="lacquer-kafka-") as folder:
        server = Broker(Path(folder)).start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def topic(broker) -> Callable[..., str]:
    def make(partitions: int = 1, **config: str) -> str:
        return broker.create(f"t{uuid4().hex[:12]}", partitions, config)

    return make


@pytest.fixture
def event() -> Callable[[int], bytes]:
    """Signal number n: the same number gives the same bytes."""

    def made(number: int) -> bytes:
        document = {
            "event_id": f"e{number:07}",
            "kind": "plays",
            "entity_type": "release",
            "entity_id": f"R{number % 50:03}",
            "value": number % 997,
            "occurred_at": f"2026-03-{1 + number % 28:02}T12:00:{number % 60:02}Z",
            "source": "shop",
        }
        return json.dumps(document, separators=(",", ":")).encode()

    return made
