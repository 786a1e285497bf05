"""Each build sees the versions that its run has pinned, whatever else goes on in the process or the lake."""

import datetime as dt
import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import pytest

from lake.delta.sessions import Session
from lake.delta.table import Table
from lake.gold.build import GoldBuild
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from resources.dbt.running import NoBuildError, current
from tests.integration.gold.building import FACTS, build_gold, gold_versions, rows
from tests.integration.gold.silver_tables import line, write, write_all

LINES = [line("O1", "2010-11-05T08:00:00", quantity=3), line("O2", "2010-12-05T08:00:00", quantity=7)]


def test_two_runs_in_one_process_see_two_states(lake: Lake):
    write_all(lake, LINES)
    early = lake.session("early")
    write(lake, "order_lines", [line("O2", "2010-12-05T08:00:00", quantity=8)], ["2010-12-01"])
    build_gold(lake, "late", FACTS)
    assert [units for (units,) in rows(lake, "fct_order_line", "quantity")] == [3, 8]
    other = Lake(lake.root.parent / "other")
    write_all(other, [LINES[0]])
    build_gold(other, "late", FACTS)
    assert [units for (units,) in rows(other, "fct_order_line", "quantity")] == [3]
    assert early.versions["silver/order_lines"] < lake.session("late").versions["silver/order_lines"]


def test_a_build_reads_what_its_run_pinned_and_not_what_came_since(lake: Lake):
    write_all(lake, LINES)
    lake.session("pinned")
    write(lake, "order_lines", [], ["2010-12-01"])
    build_gold(lake, "pinned", FACTS)
    assert [units for (units,) in rows(lake, "fct_order_line", "quantity")] == [3, 7]
    build_gold(lake, "next", FACTS)
    assert [units for (units,) in rows(lake, "fct_order_line", "quantity")] == [3]


def test_later_steps_of_the_run_see_what_the_build_wrote(lake: Lake):
    write_all(lake, LINES)
    done = build_gold(lake, "run", FACTS)
    again = lake.session("run")
    assert {f"gold/{name}": table.version for name, table in done.written.items()}.items() <= again.versions.items()


def test_dbt_started_by_hand_is_told_how_to_start_it():
    with pytest.raises(NoBuildError, match="lacquer run"):
        current()


def test_what_another_run_wrote_meanwhile_is_caught_up_with_by_the_next(lake: Lake, monkeypatch):
    """Another run commits November's lines and dies; ours, which has not planned them, commits right after it."""
    write_all(lake, LINES)
    build_gold(lake, "first", FACTS)
    write(lake, "order_lines", [line("O3", "2011-03-05T08:00:00")], ["2011-03-01"])
    store = GoldBuild.store

    def store_after_another(self: GoldBuild, con, name: str, built: str) -> None:
        if name == "fct_order_line":
            table = Table(lake.path("gold/fct_order_line"))
            november = table.snapshot().to_pyarrow_table(filters=[("order_id", "=", "O1")])
            table.overwrite(november, [dt.date(2010, 11, 1)])
        store(self, con, name, built)

    monkeypatch.setattr(GoldBuild, "store", store_after_another)
    assert build_gold(lake, "ours", FACTS).steps["fct_order_line"].months == (dt.date(2011, 3, 1),)
    monkeypatch.undo()
    steps = GoldBuild(lake, lake.session("next"), load_manifest(), FACTS).steps
    assert dt.date(2010, 11, 1) in steps["fct_sales_day"].months


def _die_when(root: Path, model: str, moment: str) -> None:
    """Build, and die by SIGKILL around the commit of one model."""
    store, advance = GoldBuild.store, Session.advance

    def store_and_die(self: GoldBuild, con, name: str, built: str) -> None:
        if name == model and moment == "before its commit":
            os.kill(os.getpid(), signal.SIGKILL)
        store(self, con, name, built)
        if name == model:
            os.kill(os.getpid(), signal.SIGKILL)

    def advance_and_die(self: Session, key: str, version: int) -> None:
        if key == f"gold/{model}" and moment == "between commit and pin":
            os.kill(os.getpid(), signal.SIGKILL)
        advance(self, key, version)

    setattr(GoldBuild, "store", store_and_die)  # noqa: B010 - a method is replaced
    setattr(Session, "advance", advance_and_die)  # noqa: B010
    build_gold(Lake(root), "killed", FACTS)


@pytest.fixture(scope="module")
def cancellation_gone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gold knows of a cancellation that silver has lost since. Not to be changed."""
    lake = Lake(tmp_path_factory.mktemp("cancellation_gone"))
    write_all(lake, [*LINES, line("C2", "2010-12-05T09:00:00", quantity=-7)])
    build_gold(lake, "first", FACTS)
    write(lake, "order_lines", [LINES[1]], ["2010-12-01"])
    return lake.root


@pytest.mark.parametrize(
    ("model", "moment", "goes_on"),
    [
        ("fct_order_line", "before its commit", ["next"]),
        pytest.param("fct_order_line", "between commit and pin", ["next", "killed"], marks=pytest.mark.heavy),
        pytest.param("int_cancelled_order", "after its commit", ["next", "killed"], marks=pytest.mark.heavy),
    ],
)
def test_a_killed_build_is_completed_by_the_next(
    cancellation_gone: Path, tmp_path: Path, model: str, moment: str, goes_on: list[str]
):
    """Who goes on is another run, or the one that was killed."""
    killed = shutil.copytree(cancellation_gone, tmp_path / "killed_build")
    child = multiprocessing.get_context("spawn").Process(target=_die_when, args=(killed, model, moment))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    for run_id in goes_on:
        _completes(Lake(shutil.copytree(killed, tmp_path / run_id)), run_id)


def _completes(lake: Lake, run_id: str) -> None:
    build_gold(lake, run_id, FACTS)
    assert rows(lake, "int_cancelled_order") == []
    assert [units for (units,) in rows(lake, "fct_sales_day", "gross_units")] == [3, 7]
    assert [orders for (orders,) in rows(lake, "mart_sales_overview", "orders")] == [1, 1]
    before = gold_versions(lake)
    build_gold(lake, "last", FACTS)
    assert gold_versions(lake) == before
