"""Any bytes under the name of an extract: rows or faults, never an exception, never a line lost or doubled."""

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.bronze.erp_changes import DOOR
from lake.delta.views import duckdb_connection
from lake.ingest.envelopes import judge
from lake.ingest.landing.extracts.file import ExtractFile

ODD = st.sampled_from(['"', '""', "a,b", "x\ny", "007"])
AWKWARD = st.text(alphabet=st.characters(codec="utf-8"), max_size=12) | ODD
BYTES = st.binary(max_size=300) | st.text(alphabet='a1,;"\n\r\t\x00é', max_size=200).map(str.encode)
SUFFIXES = (".csv", ".tsv", ".csv.gz", ".csv.zst", ".parquet", ".xlsx", ".xls", ".exe")


def judged(name: str, content: bytes) -> list[dict[str, object]]:
    """What the door makes of a file of these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        file = ExtractFile(path, f"erp/extracts/stock/{name}", len(content), 0)
        found: list[dict[str, object]] = []
        for block in file.blocks():
            rows = judge(duckdb_connection(), DOOR, block.table(file.sha256(), file.name)).to_pylist()
            assert len(rows) == block.count()
            found += rows
        return found


@settings(max_examples=30)
@given(content=BYTES, suffix=st.sampled_from(SUFFIXES))
def test_any_bytes_are_rows_or_faults_in_the_order_of_their_lines(content: bytes, suffix: str) -> None:
    rows = judged(f"2026-03-01{suffix}", content)
    numbers = [int(str(row["batch_line"])) for row in rows]
    assert numbers == sorted(set(numbers))
    assert all(row["raw"] is not None for row in rows)
    assert all(row["fault"] is not None or row["position"] is not None for row in rows)


@settings(max_examples=20)
@given(content=st.binary(max_size=200))
def test_bytes_that_are_packed_are_read_as_those_that_are_not(content: bytes) -> None:
    def seen(name: str, body: bytes) -> list[tuple[object, object, object]]:
        return [(row["batch_line"], row["fault"], row["payload"]) for row in judged(name, body)]

    assert seen("2026-03-01.csv.gz", gzip.compress(content, mtime=0)) == seen("2026-03-01.csv", content)


@settings(max_examples=30)
@given(rows=st.lists(st.tuples(AWKWARD.map(lambda text: f"k{text}"), AWKWARD), max_size=8))
def test_what_a_csv_writer_wrote_is_read_back(rows: list[tuple[str, str]]) -> None:
    body = io.StringIO(newline="")
    writer = csv.writer(body, quoting=csv.QUOTE_ALL)
    writer.writerow(("key", "value"))
    writer.writerows(rows)

    read = [json.loads(str(row["payload"]))["after"] for row in judged("2026-03-01.csv", body.getvalue().encode())]

    assert [(one["key"], one["value"]) for one in read] == [(key, value or None) for key, value in rows]
