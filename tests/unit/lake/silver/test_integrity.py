"""What the balance counts while other work is under way, and when it is right to fail."""

from pathlib import Path

import pytest

from lake.dead_letters import DEAD_LETTERS, write_dead_letters
from lake.delta.views import duckdb_connection, snapshot_sql
from lake.ingest import bronze
from lake.ingest.landing import listing
from lake.ingest.landing.file import LandedFile
from lake.lakehouse import Lake
from lake.silver.integrity import balance
from tests.lake_builders import LINES, LINES_FEED, arrive, land, loaded, stated

GOOD, BAD = stated(1, order_id="O1"), stated(2, order_id="O2", qty="twelve")


def test_dead_letters_of_a_refresh_under_way_are_not_ours(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    loaded(lake, [GOOD, BAD])
    table = lake.table(LINES)
    assert balance(lake, table, LINES, LINES_FEED, table.version()).passed

    _write_another_dead_letter(lake, batch_id="of a file that bronze does not have yet")
    found = balance(lake, table, LINES, LINES_FEED, table.version())
    assert found.passed, found.words
    assert found.numbers["dead_letters"] == 1


def test_a_dead_letter_that_is_gone_is_missed(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    loaded(lake, [GOOD, BAD])
    table = lake.table(LINES)
    lake.table(DEAD_LETTERS).snapshot().delete("batch_line = 2")
    assert not balance(lake, table, LINES, LINES_FEED, table.version()).passed


def _write_another_dead_letter(lake: Lake, batch_id: str) -> None:
    letters = lake.table(DEAD_LETTERS)
    con = duckdb_connection()
    copied = con.sql(
        f"select * replace ('{batch_id}' as batch_id) from ({snapshot_sql(letters.snapshot())})"
    ).to_arrow_table()
    write_dead_letters(letters, copied.cast(DEAD_LETTERS.arrow_schema))


def test_what_another_run_has_under_way_does_not_unbalance_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    land(lake, "a.jsonl", [stated(1), "broken"])
    listed = listing.landed_files

    def another_run_commits_after_our_listing(folder: Path) -> list[LandedFile]:
        ours = listed(folder)
        monkeypatch.setattr(bronze, "landed_files", listed)
        land(lake, "b.jsonl", [stated(2), "also broken"])
        with monkeypatch.context() as killed_before_its_ledger:
            killed_before_its_ledger.setattr(bronze, "write_ledger", lambda *arguments: None)
            arrive(lake)
        return ours

    monkeypatch.setattr(bronze, "landed_files", another_run_commits_after_our_listing)
    landed = arrive(lake)
    assert (landed.total_lines, landed.total_rows, landed.total_dead) == (2, 1, 1)
    assert landed.is_balanced
