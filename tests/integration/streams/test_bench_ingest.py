"""`lacquer bench ingest` at its tiny scale: every event is read, in each way, and each table has its figures."""

import pytest

from benchmarks.ingest_bench import OURS, READS, WRITES, ingest_parts, percentile
from benchmarks.servers.java import missing
from tests.needs import need, need_packages

pytestmark = pytest.mark.heavy


def test_percentiles_are_values_that_were_measured() -> None:
    assert [percentile([4.0, 1.0, 3.0, 2.0], share) for share in (0.5, 0.95, 1.0)] == [3.0, 4.0, 4.0]


def test_the_three_tables() -> None:
    need_packages("confluent_kafka", target="streams")
    lack = missing()
    need(lack is None, str(lack))
    rates, fresh, small = ingest_parts("tiny", 1, lambda message: None)
    assert [row[:2] for row in rates.rows] == [(name, "50,000") for name in (READS, WRITES, OURS)]
    assert [row[0] for row in fresh.rows] == ["30"]
    (row,) = small.rows
    assert row[:3] == ("30", "30", "30")  # not compacted before 200 commits
    assert len(row[3].split()) == 4
