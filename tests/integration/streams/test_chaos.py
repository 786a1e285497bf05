"""A small campaign: readers and the broker are killed, and every message is there once; and a verdict that can fail."""

import json
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import pytest

from benchmarks.chaos.campaign import refresh_state, run
from benchmarks.chaos.events import DOOR, EVENTS
from benchmarks.chaos.verdict import Verdict, judge
from lake.ingest.streams.appending import StreamTable
from lake.ingest.streams.messages import Batch, messages_schema
from lake.lakehouse import Lake
from tests.needs import need, need_packages


@pytest.mark.heavy
@pytest.mark.timeout(290)
def test_nothing_is_lost_or_doubled_under_kills() -> None:
    from benchmarks.servers.java import missing

    need_packages("confluent_kafka", target="streams")
    lack = missing()
    need(lack is None, str(lack))
    done = run(events=100_000, kills=8, say=print)
    print(done.line())
    assert sum(done.kills.values()) == 8
    assert done.verdict.is_exact, done.line()


def message(position: int, op: str = "u") -> bytes:
    return json.dumps({"op": op, "position": position, "id": "K1", "value": position}).encode()


@pytest.fixture
def judged(tmp_path: Path):
    """The verdict on four messages in bronze, for a ledger of these lines."""
    import pyarrow as pa

    values = [message(1), message(2), b"{half", message(3)]
    rows = [["chaos"] * 4, [0] * 4, [0, 1, 2, 3], [None] * 4, values, [None] * 4]
    schema = messages_schema()
    arrays = [pa.array(one, field.type) for one, field in zip(rows, schema, strict=True)]
    table = StreamTable(Lake(tmp_path), EVENTS, DOOR)
    table.append(Batch(pa.table(arrays, schema=schema), {("chaos", 0): 0}, {("chaos", 0): 4}))
    refresh_state(tmp_path)
    said = ["K1,u,1,1", "K1,u,2,2", ",,,", "K1,u,3,3"]
    lines = [f"0,{at},{md5(value).hexdigest()},{row}" for at, (value, row) in enumerate(zip(values, said, strict=True))]

    def verdict(*ledger: str) -> Verdict:
        (tmp_path / "ledger.csv").write_text("".join(f"{line}\n" for line in ledger))
        return judge(tmp_path, tmp_path / "ledger.csv", "chaos")

    return verdict, lines


def test_the_verdict_finds_what_a_broken_lake_would_show(judged) -> None:
    verdict, lines = judged
    exact = verdict(*lines)
    assert exact == Verdict(4, 0, 0, 0, 0, 1, 1, 1, 0)
    assert exact.is_exact
    lost = verdict(*lines, f"0,4,{md5(b'x').hexdigest()},K2,u,4,4")
    assert (lost.lost, lost.wrong, lost.is_exact) == (1, 1, False)
    altered = verdict(lines[0].replace(",K1", "0,K1"), *lines[1:])
    assert (altered.altered, altered.is_exact) == (1, False)
    misjudged = verdict(*lines[:3], lines[3].replace("K1,u,3,3", ",,,"))
    assert (misjudged.misjudged, misjudged.wrong, misjudged.is_exact) == (1, 2, False)
    assert not replace(exact, doubled=1).is_exact
