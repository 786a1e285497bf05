"""Real change events and real extracts go through bronze as they are."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assets.bronze.erp_changes import DOOR, ERP_CHANGES
from lake.lakehouse import Lake
from tests.lake_builders import arrive, dead_letters, erp_change, land, rows


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def copy_in(lake: Lake, files: list[Path], root: Path) -> None:
    for file in files:
        target = lake.root / "landing" / "erp" / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())


def envelopes(text: bytes) -> list[dict[str, Any]]:
    """The Debezium events of a fixture: the lines that are JSON documents."""
    found = []
    for line in text.split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        found.append(event.get("payload", event))
    return found


def position(event: dict[str, Any]) -> int:
    """MySQL's place in its binlog as one number; without a file, the source's clock."""
    source = event["source"]
    if not source["file"]:
        return source["ts_ms"]
    return int(source["file"].rsplit(".")[-1]) * 2**42 + source["pos"] * 2**10 + source["row"]


def test_every_debezium_event_lands_with_its_source_operation_and_position(lake: Lake, lacquer_data: Path) -> None:
    folder = lacquer_data / "shapes" / "debezium"
    files = sorted(folder.rglob("*.txt"))
    contents = {file.read_bytes() for file in files}
    copy_in(lake, files, folder)

    landed = arrive(lake, door=DOOR, contract=ERP_CHANGES)

    assert len(files) == 29
    lines = sum(1 for text in contents for line in text.split(b"\n") if line.strip())
    events = [event for text in contents for event in envelopes(text)]
    assert (landed.files, landed.total_lines, landed.rows) == (len(contents), lines, len(events))
    assert landed.is_balanced
    found = rows(lake, "bronze/erp_changes")
    assert Counter((row["source"], row["op"], row["position"]) for row in found) == Counter(
        (event["source"]["table"], event["op"], position(event)) for event in events
    )
    assert {row["rule"] for row in dead_letters(lake, "bronze/erp_changes")} == {"json"}


def test_every_sap_sample_lands_as_an_extract(lake: Lake, lacquer_data: Path) -> None:
    folder = lacquer_data / "shapes" / "erp"
    files = sorted(folder.rglob("*.json"))
    contents = {file.read_bytes() for file in files}
    copy_in(lake, files, folder)

    landed = arrive(lake, door=DOOR, contract=ERP_CHANGES)

    assert len(files) == 13
    assert (landed.files, landed.rows, landed.dead, landed.total_lines) == (
        len(contents),
        len(contents),
        0,
        len(contents),
    )
    found = rows(lake, "bronze/erp_changes")
    assert {(row["source"], row["op"], row["position"], row["batch_line"]) for row in found} == {
        ("extract", "r", None, 1)
    }
    assert {row["payload"].encode() for row in found} == contents


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('{"before": null, "after": {"id": 1}, "source": {"table": "orders"}}', "operation"),
        ('{"schema": {}, "payload": {"before": {"id": 1}, "after": null}}', "operation"),
        ('{"op": null, "after": {"id": 1}, "source": {"table": "orders"}}', "operation"),
        ('{"op": "x", "source": {"table": "orders"}}', "operation"),
        ('{"op": "c", "after": {"id": 1}}', "source"),
        ('{"op": "c", "source": "orders", "after": {"id": 1}}', "source"),
        ('{"op": "c", "source": {"table": "or/ders"}, "after": {"id": 1}}', "source"),
        ('{"op": "c", "source": {"table": "' + "x" * 65 + '"}}', "source"),
    ],
)
def test_a_broken_envelope_is_a_dead_letter_and_no_extract(lake: Lake, line: str, rule: str) -> None:
    land(lake, "1.jsonl", [line])
    landed = arrive(lake, door=DOOR, contract=ERP_CHANGES)
    assert (landed.rows, landed.dead) == (0, 1)
    assert [(row["rule"], row["raw"]) for row in dead_letters(lake, "bronze/erp_changes")] == [(rule, line.encode())]


def test_a_postgres_change_without_a_readable_lsn_has_no_position(lake: Lake) -> None:
    wrapped = json.dumps({"schema": {}, "payload": json.loads(erp_change("orders", op="c", lsn=33, after={}))})
    land(lake, "1.jsonl", [erp_change("orders", op="c", lsn=lsn, after={}) for lsn in (22, None, "x")] + [wrapped])
    arrive(lake, door=DOOR, contract=ERP_CHANGES)
    found = sorted(rows(lake, "bronze/erp_changes"), key=lambda row: row["batch_line"])
    assert [row["position"] for row in found] == [22, None, None, 33]


def test_a_change_says_whose_data_it_holds(lake: Lake) -> None:
    lines = [
        erp_change("buyers", op="c", lsn=1, after={"buyer_id": "B1"}),
        erp_change("buyers", op="d", lsn=2, before={"buyer_id": "B2"}),
        erp_change("orders", op="c", lsn=3, after={"order_id": "1"}),
    ]
    land(lake, "1.jsonl", lines)
    arrive(lake, door=DOOR, contract=ERP_CHANGES)
    assert {row["batch_line"]: row["entity_key"] for row in rows(lake, "bronze/erp_changes")} == {
        1: "B1",
        2: "B2",
        3: None,
    }
