"""References between silver tables: a key that was withdrawn is known, one that was never stated is not."""

from pathlib import Path

from assets.silver.order_lines import ORDER_LINES
from lake.lakehouse import Lake
from lake.silver.integrity import references
from tests.integration.gold.silver_tables import catalogue, line, write


def test_lines_of_a_withdrawn_release_are_no_fault_and_lines_of_an_unknown_one_are(tmp_path: Path):
    lake = Lake(tmp_path)
    stated, withdrawn = catalogue()["releases"]
    write(lake, "releases", [stated, {**withdrawn, "is_deleted": True}])
    sold = {"O1": stated["release_id"], "O2": withdrawn["release_id"], "O3": "R9"}
    lines = [line(order, "2010-12-05T08:00:00", release_id=release) for order, release in sold.items()]
    write(lake, "order_lines", lines)
    found = references(lake, lake.versions(), ORDER_LINES, "release_id", "releases")
    assert not found.passed
    assert found.numbers == {"dangling": 1, "rows": 3, "known": 2}
    assert found.words.endswith("first: R9")
