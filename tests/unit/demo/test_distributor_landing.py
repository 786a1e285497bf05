"""Given the simulated distributor, when it lands twice, grows or is killed, then each file is the same, once."""

import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from demo.distributor.options import Calendar, DistributorOptions, periods
from demo.distributor.pack import file_sets
from demo.pack import PackError
from demo.packs import PACKS
from tests.unit.demo.conftest import OPTIONS, contents

CHECKOUT = Path(__file__).resolve().parents[3]
TINY = {"order_lines": 10_000, "days": 70, "history_days": 62}


def test_the_same_call_writes_nothing_new(small_lake: Path) -> None:
    before = contents(small_lake)
    landed = PACKS["demo"].land(small_lake, options=OPTIONS)
    assert landed.new_files == 0
    assert contents(small_lake) == before
    assert landed.lines == sum(path.read_bytes().count(b"\n") for path in small_lake.glob("landing/*/*.jsonl"))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        PACKS["demo"].land(tmp_path / name, options=TINY)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    truths = [(tmp_path / name / "truth/planted.jsonl").read_bytes() for name in ("one", "two")]
    assert truths[0] == truths[1]


def test_another_seed_gives_other_orders(tmp_path: Path) -> None:
    PACKS["demo"].land(tmp_path / "one", options=TINY)
    PACKS["demo"].land(tmp_path / "two", options={**TINY, "seed": 8})
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    shared = [name for name in one.keys() & two.keys() if "erp-order_lines" in name]
    assert shared
    assert all(one[name] != two[name] for name in shared)


def test_one_more_day_adds_that_day_only(tmp_path: Path) -> None:
    PACKS["demo"].land(tmp_path, options=TINY)
    before = contents(tmp_path)
    PACKS["demo"].land(tmp_path, options={**TINY, "days": 71})
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    new = sorted(after.keys() - before.keys())
    assert all("/2024-03-11--" in name for name in new)
    assert {"erp/2024-03-11--erp-order_lines.jsonl", "erp/2024-03-11--erp-orders.jsonl"} <= set(new)


def test_without_days_a_lake_stays_as_it_has_grown(tmp_path: Path) -> None:
    PACKS["demo"].land(tmp_path, options=TINY)
    before = contents(tmp_path)
    assert PACKS["demo"].land(tmp_path, options={"order_lines": 10_000}).new_files == 0
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "history_before", "landed_days", "expected"),
    [
        ({}, None, 0, (731, 731)),
        ({"days": 40}, None, 0, (40, 40)),
        ({"days": 40, "history_days": 30}, None, 0, (40, 30)),
        ({"days": 732}, 731, 731, (732, 731)),
        ({}, 731, 740, (740, 731)),
        ({}, 731, 31, (731, 731)),  # killed while the history was written
    ],
)
def test_how_many_days_are_landed(
    options: dict[str, int], history_before: int | None, landed_days: int, expected: tuple[int, int]
) -> None:
    asked = DistributorOptions(days=options.get("days"), history_days=options.get("history_days"))
    assert periods(asked, history_before, landed_days) == expected


@pytest.mark.heavy
def test_growing_ends_where_landing_at_once_does(tmp_path: Path) -> None:
    """Over a year's end of the release blocks, where the world that is looked at grows."""
    options = {"order_lines": 10_000, "history_days": 310}
    for days in (312, 316, 321):
        PACKS["demo"].land(tmp_path / "grown", options={**options, "days": days})
    PACKS["demo"].land(tmp_path / "at_once", options={**options, "days": 321})
    assert contents(tmp_path / "grown") == contents(tmp_path / "at_once")
    for name in ("planted.jsonl", "anomalies.jsonl", "world.json"):
        assert (tmp_path / "grown/truth" / name).read_bytes() == (tmp_path / "at_once/truth" / name).read_bytes()


@pytest.mark.parametrize("files_before_the_kill", [1, 9])
def test_killed_half_way_and_run_again(tmp_path: Path, small_lake: Path, files_before_the_kill: int) -> None:
    root = tmp_path / "lake"
    code = f"from pathlib import Path; from demo.packs import PACKS; PACKS['demo'].land(Path({str(root)!r}), options="
    code += f"{OPTIONS})"
    with subprocess.Popen([sys.executable, "-c", code], cwd=CHECKOUT) as process:
        while process.poll() is None and len(list(root.glob("landing/*/*.jsonl"))) < files_before_the_kill:
            time.sleep(0.001)
        process.kill()
    assert contents(root) != contents(small_lake)
    PACKS["demo"].land(root, options=OPTIONS)
    assert contents(root) == contents(small_lake)
    assert (root / "truth/planted.jsonl").read_bytes() == (small_lake / "truth/planted.jsonl").read_bytes()


def test_files_are_months_of_the_history_and_then_days() -> None:
    sets = file_sets(Calendar(date(2024, 1, 30)), 34, 32)
    assert [(files.first, files.last, files.day) for files in sets] == [
        (0, 1, "2024-01-31"),
        (2, 30, "2024-02-29"),
        (31, 31, "2024-03-01"),
        (32, 32, "2024-03-02"),
        (33, 33, "2024-03-03"),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**TINY, "seed": 3}, "was landed with seed=7, now seed=3"),
        (
            {**TINY, "days": 40, "history_days": None},
            "days=40 with 62 days of history.*a lake only grows: ask for days=70 or more",
        ),
        ({**TINY, "days": 65}, "a lake only grows"),
        ({**TINY, "order_lines": 5}, "order_lines=5 is outside 10000 to 100000000"),
        ({**TINY, "sed": 3}, "no option sed; it has seed, order_lines, start, days, history_days"),
    ],
)
def test_what_cannot_be_landed_says_why(tmp_path: Path, options: dict[str, int], message: str) -> None:
    PACKS["demo"].land(tmp_path, options=TINY)
    with pytest.raises(PackError, match=message):
        PACKS["demo"].land(tmp_path, options=options)
