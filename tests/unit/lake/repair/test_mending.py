"""A damaged table begins anew and is filled again, with the same rows and balances; what cannot be is refused."""

from pathlib import Path

import pytest

from lake.delta.storage import data_files
from lake.delta.table import Table
from lake.ingest.landing.ledger import LANDED_FILES
from lake.lakehouse import PUBLISHED, Lake
from lake.repair.anew import Shape
from lake.repair.damage import Damage, examine
from lake.repair.mending import LEDGER_KEY, LETTERS_KEY, Job, RepairError, Source, mend, refuse_losses
from lake.repair.unfinished import finish, unfinished
from lake.silver.history import history_contract
from lake.silver.integrity import balance
from tests.lake_builders import CHANGES, LINES, LINES_FEED, arrive, load, loaded, new_session, rows, stated

BRONZE, SILVER, HISTORY = "bronze/erp_changes", "silver/lines", "silver/lines_history"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    loaded(lake, [stated(1), stated(2, order_id="2", qty="many"), "{"], [stated(3, order_id="3"), "{", stated(4)])
    lake.publish(new_session(lake).versions, "run")
    return lake


def jobs(lake: Lake, *keys: str) -> dict[str, Job]:
    shapes = {
        BRONZE: (Source.landing, CHANGES),
        SILVER: (Source.bronze, LINES),
        HISTORY: (Source.bronze, history_contract(LINES)),
        LEDGER_KEY: (Source.lake, LANDED_FILES),
        f"lake/{PUBLISHED.name}": (Source.lake, PUBLISHED),
    }
    landing = lake.root / "landing" / "erp"
    return {key: Job(shapes[key][0], Shape.of(shapes[key][1]), landing if key == BRONZE else None) for key in keys}


def repaired(lake: Lake, *keys: str) -> None:
    """Delete a file of each table, mend, and fill by an ordinary run."""
    for key in keys:
        data_files(Table(lake.path(key)).snapshot())[0].unlink()
    damages: dict[str, list[Damage]] = {}
    for one in examine(lake).damages:
        damages.setdefault(one.table, []).append(one)
    assert damages.keys() == set(keys)
    asked = jobs(lake, *keys)
    refuse_losses(lake, damages, asked, accept_loss=False)
    mend(lake, damages, asked, {BRONZE: lake.root / "landing" / "erp"})
    assert unfinished(lake).keys() == set(keys)
    load(lake)
    finish(lake)
    assert examine(lake).damages == ()


def without_arrival(found: list[dict]) -> list[dict]:
    return [{name: value for name, value in row.items() if name != "arrived_at"} for row in found]


@pytest.mark.parametrize("keys", [(SILVER, HISTORY), (BRONZE,), (BRONZE, SILVER, HISTORY), (LEDGER_KEY,)])
def test_rows_ledger_and_balances_are_as_before(lake: Lake, keys: tuple[str, ...]) -> None:
    before = {key: without_arrival(rows(lake, key)) for key in (BRONZE, SILVER, HISTORY)}
    letters = {(row["batch_id"], row["batch_line"], row["table_name"]) for row in rows(lake, LETTERS_KEY)}
    ledger = [{**row, "landed_at": None} for row in rows(lake, LEDGER_KEY)]
    versions = lake.versions()
    repaired(lake, *keys)
    assert {key: without_arrival(rows(lake, key)) for key in before} == before
    assert {(row["batch_id"], row["batch_line"], row["table_name"]) for row in rows(lake, LETTERS_KEY)} == letters
    assert [{**row, "landed_at": None} for row in rows(lake, LEDGER_KEY)] == ledger
    assert all(lake.versions()[key] > versions[key] for key in keys)
    assert arrive(lake).is_balanced
    if SILVER in keys:
        found = balance(lake, lake.table(LINES), LINES, LINES_FEED, lake.table(LINES).version())
        assert found.passed, found.words


def test_readers_do_not_see_the_table_until_it_is_published_again(lake: Lake) -> None:
    data_files(Table(lake.path(SILVER)).snapshot())[0].unlink()
    (damage,) = examine(lake).damages
    mend(lake, {SILVER: [damage]}, jobs(lake, SILVER), {})
    assert SILVER not in lake.published()
    assert BRONZE in lake.published()
    lake.publish(lake.versions(), "repair")
    assert lake.published()[SILVER] == lake.table(LINES).version()


def test_what_was_damaged_is_kept(lake: Lake) -> None:
    files = data_files(Table(lake.path(SILVER)).snapshot())
    files[0].write_bytes(b"PAR1")
    (damage,) = examine(lake).damages
    aside = mend(lake, {SILVER: [damage]}, jobs(lake, SILVER), {})
    assert (aside / SILVER / files[0].relative_to(lake.path(SILVER))).read_bytes() == b"PAR1"


def test_bronze_whose_landed_files_are_gone_is_refused_and_stays(lake: Lake) -> None:
    next((lake.root / "landing").rglob("*.jsonl")).unlink()
    data_files(Table(lake.path(BRONZE)).snapshot())[0].unlink()
    (damage,) = examine(lake).damages
    before = lake.versions()
    with pytest.raises(RepairError, match=r"bronze/erp_changes: 1 files are no longer in .*landing/erp"):
        refuse_losses(lake, {BRONZE: [damage]}, jobs(lake, BRONZE), accept_loss=True)
    assert lake.versions() == before


def test_rows_without_another_source_are_given_up_only_on_request(lake: Lake) -> None:
    table = Table(lake.path(SILVER))
    kept = rows(lake, SILVER, tombstones=True)
    extra = table.snapshot().to_pyarrow_table().slice(0, 1)
    table.append(extra, {}, snapshot=table.snapshot())
    file = max(data_files(table.snapshot()), key=lambda path: path.stat().st_mtime_ns)
    file.unlink()
    (damage,) = examine(lake).damages
    asked = {SILVER: Job(Source.rows, None)}
    with pytest.raises(RepairError, match="rows of silver/lines have no other source"):
        refuse_losses(lake, {SILVER: [damage]}, asked, accept_loss=False)
    refuse_losses(lake, {SILVER: [damage]}, asked, accept_loss=True)
    mend(lake, {SILVER: [damage]}, asked, {})
    assert rows(lake, SILVER, tombstones=True) == kept
