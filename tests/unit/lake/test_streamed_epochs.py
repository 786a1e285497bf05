"""Positions that begin anew within a topic: the later log outranks the earlier one, in whatever batches it comes."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from assets.bronze.erp_changes import DOOR, ERP_CHANGES
from lake.ingest.epochs import POSITION_EPOCHS
from lake.ingest.streams.appending import StreamTable
from lake.ingest.streams.messages import Batch, messages_schema
from lake.lakehouse import Lake

TOPIC = "erp.order_lines"
# Order, quantity, number of the binlog file, position in it, second. From the third on it is another server's log.
CHANGES = [
    ("A", 1, 147, 500, 10),
    ("B", 1, 147, 900, 20),
    ("A", 40, 3, 700, 60),
    ("B", 41, 3, 800, 70),
    ("A", 50, 3, 900, 80),
]


def message(order: str, units: int, file: int, pos: int, second: int) -> bytes:
    at = (1_772_400_000 + second) * 1000
    source = {
        "connector": "mysql",
        "table": "order_lines",
        "file": f"mysql-bin.{file:06}",
        "pos": pos,
        "row": 0,
        "ts_ms": at,
    }
    return json.dumps(
        {"op": "u", "before": None, "after": {"order_id": order, "qty": units}, "source": source}
    ).encode()


def batch(first: int, values: list[bytes]) -> Batch:
    rows = [
        {"topic": TOPIC, "partition": 0, "offset": first + number, "key": b"k", "value": value, "headers": None}
        for number, value in enumerate(values)
    ]
    at = (TOPIC, 0)
    return Batch(pa.Table.from_pylist(rows, messages_schema()), {at: first}, {at: first + len(values)})


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("again", [False, True], ids=["one consumer", "a consumer a batch"])
def test_a_log_that_begins_anew_outranks_the_one_before(tmp_path: Path, size: int, *, again: bool) -> None:
    lake, values = Lake(tmp_path), [message(*one) for one in CHANGES]
    table = StreamTable(lake, ERP_CHANGES, DOOR)
    for first in range(0, len(values), size):
        table = StreamTable(lake, ERP_CHANGES, DOOR) if again else table
        table.append(batch(first, values[first : first + size]))

    con = lake.connect(lake.versions())
    ranked = "select payload ->> '$.after.qty' from bronze.erp_changes order by position"
    assert [int(units) for (units,) in con.execute(ranked).fetchall()] == [1, 1, 40, 41, 50]
    assert len(lake.journal(POSITION_EPOCHS).select("from journal")) == 1


def test_a_log_that_goes_on_has_no_epochs(tmp_path: Path) -> None:
    lake, values = Lake(tmp_path), [message(*one) for one in CHANGES[:2]]
    StreamTable(lake, ERP_CHANGES, DOOR).append(batch(0, values))

    assert not lake.table(POSITION_EPOCHS).exists()
