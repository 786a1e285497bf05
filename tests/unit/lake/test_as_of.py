"""A lake laid out as a run found it gives the run's tables again; what is gone or has changed is refused by name."""

import datetime as dt
from pathlib import Path

import pytest

from lake.as_of import NotReproducibleError, lay_out
from lake.delta.table import Table
from lake.ingest.landing.ledger import LANDED_FILES
from lake.journals.run_inputs import RunInputs, read_inputs, record_inputs
from lake.lakehouse import Lake
from lake.maintenance import Retention, maintain
from lake.silver.history import refresh_history
from lake.silver.refresh import refresh
from tests.lake_builders import LINES, LINES_FEED, arrive, deleted, land, rows, stated

TABLES = ("bronze/erp_changes", "silver/lines", "silver/lines_history")
DAYS = (
    [stated(1), stated(2, order_id="2")],
    [stated(5, qty=3), deleted(6, order_id="2"), stated(7, order_id="3", qty="many")],
    [stated(8, qty=9), stated(3, order_id="2", qty=4)],
)


def run(lake: Lake, run_id: str) -> RunInputs:
    """A whole run: take in, refresh, record, publish; what was recorded."""
    session = lake.session(run_id)
    arrive(lake, session)
    refresh(lake, session, LINES, LINES_FEED)
    refresh_history(lake, session, LINES, LINES_FEED)
    own = {key: session.versions[key] for key in session.written}
    inputs = RunInputs(
        run_id, dt.datetime.now(dt.UTC), "main", ("silver/lines",), {}, {"week_start": "monday"}, "c0de",
        session.began_with(), own, lake.table(LANDED_FILES).version(),
    )  # fmt: skip
    record_inputs(lake, inputs)
    lake.publish(own, run_id)
    session.close()
    return inputs


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake after three runs, one file each; the states after each are in ``expected``."""
    made = Lake(tmp_path / "lake")
    for number, lines in enumerate(DAYS):
        land(made, f"2010-12-0{number + 1}--lines.jsonl", lines)
        run(made, f"run-{number}")
    return made


def state(lake: Lake) -> dict[str, list[dict[str, object]]]:
    """The rows of each table, without the moments of arrival."""
    return {key: [row | {"arrived_at": None} for row in rows(lake, key)] for key in TABLES}


def after(tmp_path: Path, days: int) -> dict[str, list[dict[str, object]]]:
    """What a lake of its own holds after the first days."""
    other = Lake(tmp_path / f"other-{days}")
    for number, lines in enumerate(DAYS[:days]):
        land(other, f"2010-12-0{number + 1}--lines.jsonl", lines)
        run(other, f"other-{number}")
    return state(other)


@pytest.mark.parametrize("number", range(3))
def test_each_run_can_be_made_again(lake: Lake, tmp_path: Path, number: int) -> None:
    inputs = read_inputs(lake, f"run-{number}")
    again = tmp_path / "again"
    laid = lay_out(lake, inputs, again)
    assert laid.landed_files == number + 1
    made = Lake(again)
    assert sorted(path.name for path in (again / "landing" / "erp").iterdir()) == [
        f"2010-12-0{day + 1}--lines.jsonl" for day in range(number + 1)
    ]
    if number:
        assert {key: rows(made, key) for key in TABLES[1:]} == {
            key: rows(lake_at(lake, inputs, tmp_path), key) for key in TABLES[1:]
        }
    run(made, "again")
    assert state(made) == after(tmp_path, number + 1)
    assert lake.published()["silver/lines"] == lake.table(LINES).version()  # the first lake is as it was


def lake_at(lake: Lake, inputs: RunInputs, tmp_path: Path) -> Lake:
    """A copy by DuckDB-free means: the tables of the beginning, restored by Delta itself."""
    import shutil

    from deltalake import DeltaTable

    other = tmp_path / "restored"
    if not other.exists():
        shutil.copytree(lake.root, other)
        for key in TABLES[1:]:
            DeltaTable(str(other / key)).restore(inputs.began_with[key])
    return Lake(other)


def test_versions_beyond_their_retention_are_refused(lake: Lake, tmp_path: Path) -> None:
    maintain(lake, Retention(silver=0))
    with pytest.raises(NotReproducibleError) as refused:
        lay_out(lake, read_inputs(lake, "run-1"), tmp_path / "again", retention="Kept for 0 days")
    assert "silver/lines version" in str(refused.value)
    assert "is gone" in str(refused.value)
    assert "Kept for 0 days" in str(refused.value)
    assert not (tmp_path / "again").exists()
    assert list(tmp_path.glob(".*")) == []


def test_a_landed_file_that_changed_or_went_is_refused(lake: Lake, tmp_path: Path) -> None:
    second = lake.root / "landing" / "erp" / "2010-12-02--lines.jsonl"
    content = second.read_text()
    second.write_text(content.replace('"qty": 3', '"qty": 4'))
    with pytest.raises(NotReproducibleError, match=r"landing/erp/2010-12-02--lines\.jsonl has changed"):
        lay_out(lake, read_inputs(lake, "run-1"), tmp_path / "again")
    second.unlink()
    with pytest.raises(NotReproducibleError, match=r"landing/erp/2010-12-02--lines\.jsonl is gone"):
        lay_out(lake, read_inputs(lake, "run-1"), tmp_path / "again")
    lay_out(lake, read_inputs(lake, "run-2"), tmp_path / "again")  # its own file is the third


def test_a_folder_that_holds_something_and_an_unknown_run_are_refused(lake: Lake, tmp_path: Path) -> None:
    inputs = read_inputs(lake, "run-1")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "file").touch()
    with pytest.raises(NotReproducibleError, match="is not empty"):
        lay_out(lake, inputs, tmp_path / "again")
    with pytest.raises(NotReproducibleError, match="lies in the lake"):
        lay_out(lake, inputs, lake.root / "again")
    with pytest.raises(ValueError, match="3 runs"):
        read_inputs(lake, "run")
    with pytest.raises(ValueError, match="0 runs"):
        read_inputs(lake, "walk")


def test_files_are_shared_and_the_record_is_published(lake: Lake, tmp_path: Path) -> None:
    inputs = read_inputs(lake, "run-2")
    lay_out(lake, inputs, tmp_path / "again")
    table = Table(tmp_path / "again" / "silver" / "lines")
    for uri in table.snapshot().file_uris():
        assert Path(uri.removeprefix("file://")).stat().st_nlink == 2
    assert Lake(tmp_path / "again").published() == {
        key: at for key, at in inputs.began_with.items() if key != "lake/published"
    }
