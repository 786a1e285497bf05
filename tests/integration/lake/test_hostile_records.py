"""Ten thousand hostile records through all four streams: each is refused with its reason or kept as it was meant."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import definitions  # noqa: F401  (imports every asset, so that doors and feeds are known)
from assets.bronze import DOORS
from assets.contracts import declared_contracts
from assets.silver import FEEDS
from lake.ingest.bronze import take_in
from lake.lakehouse import Lake
from lake.silver.history import refresh_history
from lake.silver.integrity import balance
from lake.silver.refresh import refresh
from tests.hostile.records import Record, records
from tests.hostile.streams import STREAMS, Stream
from tests.lake_builders import dead_letters, land, new_session, rows

SEED, EACH, FILES = int(os.environ.get("HOSTILE_SEED", "4")), 2_500, 5
CONTRACTS = {f"silver/{contract.name}": contract for contract in declared_contracts("assets.silver")}


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_each_record_is_refused_with_its_reason_or_kept(tmp_path: Path, stream: Stream) -> None:
    lake, made = Lake(tmp_path), list(records(stream, EACH, SEED))
    places: dict[tuple[str, int], Record] = {}
    for number in range(FILES):
        part = made[number::FILES]
        land(lake, f"{number}.jsonl", [record.line for record in part], stream.name)
        places |= {(f"{stream.name}/{number}.jsonl", line): record for line, record in enumerate(part, 1)}
        take(lake, stream)

    assert refusals(lake, stream) == {
        place: (record.refused_by, record.rule) for place, record in places.items() if record.refused_by
    }, "see Record.what of the places that differ"
    kept = {record.row[stream.key]: record for record in made if not record.refused_by}
    found = {row[stream.key]: row for row in rows(lake, stream.silver)}
    assert found.keys() == kept.keys()
    wrong = [
        (kept[key].what, differing(found[key], kept[key].row)) for key in kept if differing(found[key], kept[key].row)
    ]
    assert wrong == []
    seen = Counter(record.rule for record in made)
    assert min(seen[rule] for rule in ("", "type", "required", "has_position", "utf8", "json", "object")) > 10, seen


def take(lake: Lake, stream: Stream) -> None:
    """A run over what has landed: bronze, silver, history; the balances hold."""
    session, contract = new_session(lake), CONTRACTS[stream.silver]
    bronze, door = DOORS[stream.bronze.removeprefix("bronze/")]
    landed = take_in(lake, session, bronze, door, lake.root / "landing" / stream.name)
    assert landed.is_balanced, landed
    feed = FEEDS[contract.name]
    done = refresh(lake, session, contract, feed)
    if contract.history == "scd2":
        refresh_history(lake, session, contract, feed)
    found = balance(lake, lake.table(contract), contract, feed, done.version)
    assert found.passed, found.words


def refusals(lake: Lake, stream: Stream) -> dict[tuple[str, int], tuple[str, str]]:
    """Table and rule by place of the line."""
    letters = [letter for table in (stream.bronze, stream.silver) for letter in dead_letters(lake, table)]
    found = {(one["landed_path"], one["batch_line"]): (one["table_name"], one["rule"]) for one in letters}
    assert len(found) == len(letters), "a line is refused once"
    return found


def differing(row: dict[str, Any], wanted: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (row[name], value) for name, value in wanted.items() if row[name] != value}
