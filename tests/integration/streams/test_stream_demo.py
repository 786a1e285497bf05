"""`make stream-demo` brings every signal into bronze and stops what it started."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.servers.java import missing
from benchmarks.stream_demo import demo, message, summary
from tests.needs import need, need_packages

pytestmark = pytest.mark.heavy


def test_one_message_in_a_hundred_is_malformed() -> None:
    bad = []
    for number in range(300):
        try:
            json.loads(message(number, datetime(2026, 1, 1, tzinfo=UTC)))
        except json.JSONDecodeError:
            bad.append(number)
    assert bad == [99, 199, 299]


def test_what_is_sent_arrives(tmp_path: Path) -> None:
    need_packages("confluent_kafka", target="streams")
    lack = missing()
    need(lack is None, str(lack))
    lines: list[str] = []
    sent, found = demo("demo.signals.test", 2.0, 200, tmp_path / "lake", lines.append)
    assert (sent, found.rows, found.dead, found.twice) == (400, 396, 4, 0)
    told = dict(summary(tmp_path / "lake", "demo.signals.test"))
    assert told.pop("dead letters by rule json") == 4
    assert (sum(told.values()), len(told)) == (396, 3)  # three kinds
    assert "sent     400   rows     396   dead letters    4   lag      0" in lines[-1]
