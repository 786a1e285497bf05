"""A pull that is killed, doubled or has no database: the next one ends where an undisturbed one would have."""

import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from assets.bronze.erp_changes import ERP_CHANGES
from lake.delta.storage import only_one
from lake.ingest.pulls import pull as pulls
from lake.ingest.pulls import state
from lake.ingest.pulls.envelopes import PulledFiles
from lake.ingest.pulls.state import read_state
from resources.erp import Erp
from resources.erp_snapshot import ErpUnreachableError
from tests.integration.erp.shop import Shop
from tests.lake_builders import rows

pytestmark = pytest.mark.heavy

CHECKOUT = Path(__file__).resolve().parents[3]
IN_A_PROCESS = "import sys; from tests.integration.erp.test_pull_killed import work; work(*sys.argv[1:])"


def work(url: str, root: str) -> None:
    """Pull once, in a process of its own; print the memory that it took in MB."""
    from lake.lakehouse import Lake

    lake, erp = Lake(root), Erp(url, Path(root) / "erp.yml")
    with only_one(lake.root, state.WORK), erp.snapshot() as source:
        print("begun", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
        pulls.pull(lake, lake.table(ERP_CHANGES), source, erp.tables)
    print("done", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)


def in_a_process(shop: Shop) -> subprocess.Popen[str]:
    shop.erp()
    command = [sys.executable, "-c", IN_A_PROCESS, shop.url, str(shop.lake.root)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("step", ["first note", "landing", "second note"])
def test_a_pull_that_ends_at_any_step_is_made_good_by_the_next(
    shop: Shop, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok'), ('a', 2, 1, 1, 'ok')")
    shop.sync()
    shop.sql("update stock set units = 5, updated_at = clock_timestamp() where title = 1")
    shop.sql("delete from stock where title = 2")
    made, land = state.note, PulledFiles.land

    def noted(lake, notes):
        if notes[0]["step"] == {"first note": "begun", "second note": "landed"}.get(step):
            raise KeyboardInterrupt
        return made(lake, notes)

    def landed(self: PulledFiles) -> list[Path]:
        if step == "landing":
            raise KeyboardInterrupt
        return land(self)

    with monkeypatch.context() as patch:
        patch.setattr(pulls, "note", noted)
        patch.setattr(PulledFiles, "land", landed)
        with pytest.raises(KeyboardInterrupt):
            shop.pull()
    watermark = read_state(shop.lake).watermarks["stock"]

    shop.sync()

    assert shop.silver() == shop.truth() == [("a", 1, 5, 1, "ok")]
    assert read_state(shop.lake).watermarks["stock"] > watermark
    assert list((shop.lake.root / "landing/erp/pulled").glob(".*")) == []
    assert shop.counts() == (0, 0, 0)


def test_a_hundred_thousand_rows_are_pulled_in_bounded_memory_and_survive_a_kill(shop: Shop) -> None:
    shop.sql(
        "insert into stock select 'a' || n % 10, n, n, n * 0.01, repeat('x', 200) from generate_series(1, 100000) n"
    )
    with in_a_process(shop) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("begun")
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
    folder = shop.lake.root / "landing" / "erp" / "pulled"
    assert process.returncode == -signal.SIGKILL
    assert list(folder.glob("*.jsonl")) == []

    with in_a_process(shop) as process:
        assert process.stdout is not None
        before, after = (int(line.split()[1]) for line in process.stdout.read().splitlines())
    assert process.returncode == 0
    assert list(folder.glob(".*")) == []

    shop.take()
    assert shop.silver() == shop.truth()
    # 100,000 rows are 30 MB of lines, held a batch of 10,000 at a time.
    assert after - before < 220


def test_two_pulls_at_once_come_one_after_the_other(shop: Shop) -> None:
    shop.sql("insert into stock select 'a', n, n, 1, 'ok' from generate_series(1, 2000) n")
    shop.erp()
    together = [in_a_process(shop) for _ in range(2)]
    for process in together:
        process.communicate(timeout=60)
    assert [process.returncode for process in together] == [0, 0]
    shop.take()
    assert shop.silver() == shop.truth()
    positions = [row["position"] for row in rows(shop.lake, "lake/erp_pulls") if row["step"] == "landed"]
    assert len(positions) == len(set(positions))


def test_the_erp_is_read_and_never_written(shop: Shop) -> None:
    def delete() -> None:
        with shop.erp().snapshot() as source:
            source.execute(sa.delete(sa.table("stock", schema=shop.schema)))

    with pytest.raises(ErpUnreachableError, match="read-only"):
        delete()


def test_what_is_written_during_a_pull_belongs_to_the_next(shop: Shop) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok')")
    erp = shop.erp()
    with only_one(shop.lake.root, state.WORK), erp.snapshot() as source:
        writing = threading.Thread(target=shop.sql, args=("insert into stock values ('a', 2, 1, 1, 'ok')",))
        writing.start()
        writing.join()
        (pulled,) = pulls.pull(shop.lake, shop.lake.table(ERP_CHANGES), source, erp.tables)
    assert pulled.new == 1
    shop.take()
    assert shop.counts() == (1, 0, 0)


@pytest.mark.parametrize("url", ["postgresql://reader:secret@127.0.0.1:1/erp", "postgresql://127.0.0.1:1/erp"])
def test_a_database_that_is_down_is_named_without_its_password(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.erp.ATTEMPTS", 1)
    with pytest.raises(ErpUnreachableError, match=r"127\.0\.0\.1:1/erp") as error, Erp(url, tmp_path).snapshot():
        pass
    assert "secret" not in str(error.value)
    assert "refused" in str(error.value)


def test_a_table_or_column_that_is_not_there_is_named(shop: Shop) -> None:
    shop.sql("alter table stock drop column updated_at")
    with pytest.raises(ErpUnreachableError, match=r"stock: .*stock has no column updated_at"):
        shop.pull()
    shop.sql("drop table stock")
    with pytest.raises(ErpUnreachableError, match="stock: the database has no table or view"):
        shop.pull()
    assert not (shop.lake.root / "lake" / "erp_pulls").exists()
