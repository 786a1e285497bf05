"""The ledger of landed files: what is known, by content and under each name, so that nothing is read twice."""

import os
from pathlib import Path

import pytest

from lake.ingest.landing.file import LandedFile
from lake.ingest.landing.ledger import LANDED_FILES, read_ledger
from lake.lakehouse import Lake
from tests.lake_builders import CHANGES, arrive, land, rows, stated


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_the_same_content_counts_once_whatever_its_name(lake: Lake) -> None:
    path = land(lake, "1.jsonl", [stated(1), "{"])
    land(lake, "2.jsonl", [stated(1), "{"])
    first = arrive(lake)
    path.rename(path.with_name("3.jsonl"))
    again = arrive(lake)

    assert (first.files, first.rows, first.dead) == (1, 1, 1)
    assert (again.files, again.rows, again.dead, again.version) == (0, 0, 0, first.version)
    assert (again.total_lines, again.is_balanced) == (2, True)


def test_a_known_content_is_hashed_once_under_each_name_and_time(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    path = land(lake, "1.jsonl", [stated(1), "{"])
    land(lake, "2.jsonl", [stated(1), "{"])
    arrive(lake)
    hashed: list[str] = []
    digest = LandedFile.sha256

    def counted(file: LandedFile) -> str:
        hashed.append(file.name)
        return digest(file)

    monkeypatch.setattr(LandedFile, "sha256", counted)

    arrive(lake)
    os.utime(path, ns=(1, 1))
    touched = [arrive(lake) for _ in range(2)]

    assert hashed == ["erp/1.jsonl"]
    assert [(one.files, one.total_lines, one.is_balanced) for one in touched] == [(0, 2, True)] * 2
    known = [(row["landed_path"], row["lines"]) for row in rows(lake, "lake/landed_files")]
    assert sorted(known) == [("erp/1.jsonl", 2), ("erp/1.jsonl", 2), ("erp/2.jsonl", 2)]


def test_a_second_time_changes_nothing(lake: Lake) -> None:
    land(lake, "1.jsonl", [stated(1), "{"])
    first = arrive(lake)
    ledger = lake.table(LANDED_FILES).version()
    again = arrive(lake)
    assert (again.files, again.version, lake.table(LANDED_FILES).version()) == (0, first.version, ledger)


def test_what_is_taken_in_is_known_by_log_and_ledger_beyond_a_checkpoint(lake: Lake) -> None:
    land(lake, "1.jsonl", [stated(1)])
    first = arrive(lake)
    table = lake.table(CHANGES)
    table.snapshot().create_checkpoint()
    (sha,) = read_ledger(lake, table).shas

    assert table.snapshot().transaction_version(sha) == 1
    table_again = table.snapshot(first.version)
    assert table_again.transaction_version(sha) == 1
    assert arrive(lake).version == first.version


def test_a_kill_between_bronze_and_the_ledger_is_mended_by_the_next_run(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(lake, "1.jsonl", [stated(1), "{"])
    with monkeypatch.context() as patch:
        patch.setattr("lake.ingest.bronze.write_ledger", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            arrive(lake)
    assert read_ledger(lake, lake.table(CHANGES)).lines == 0

    again = arrive(lake)

    assert (again.rows, again.total_lines, again.total_rows, again.total_dead) == (0, 2, 1, 1)
