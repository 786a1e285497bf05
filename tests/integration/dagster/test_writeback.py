"""Forecasts that go back to the PIM: what changed, once, from what is published, with a record of each field.

The oracle rounds the published forecasts itself and compares them with what was there before.
"""

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.forecasts.forecasts_table import FORECASTS
from lake.lakehouse import Lake
from tests.integration.dagster.running import RecordingPim, ask, change, land, order, order_line, run_main

CHECKOUT = Path(__file__).resolve().parents[3]
LSN = 10**16
Fields = dict[tuple[str, str], Any]
WRITTEN = """
select release_id, horizon_days, units_p50, units_p90, revenue_p50, risk_level, model from forecasts
where origin = (select max(origin) from forecasts)
"""

BUYERS = "select release_id, buyer_id, probability from release_propensity where rank <= 5 order by release_id, rank"


def rounded(value: float, digits: int) -> float:
    """Rounded as people do: half a unit goes up."""
    return math.floor(value * 10**digits + 0.5) / 10**digits


def wanted(root: Path) -> Fields:
    """What the PIM should hold: release and field to value."""
    fields: Fields = {}
    for release, days, p50, p90, revenue, risk, model in ask(root, WRITTEN):
        values = {"UnitsP50": rounded(p50, 1), "UnitsP90": rounded(p90, 1), "RevenueP50": rounded(revenue, 2)}
        for name, value in {**values, "Risk": risk, "Model": model}.items():
            kind, _, quantile = name.partition("P")
            fields[release, f"forecast{kind}{days}d{'P' + quantile if quantile else ''}"] = value
    buyers: dict[str, list[str]] = {release: [] for release, _ in fields}
    for release, buyer, probability in ask(root, BUYERS):
        if release in buyers:
            buyers[release].append(f"{buyer} {rounded(100 * probability, 0):.0f}%")
    return fields | {(release, "recommendedBuyers"): ", ".join(some) for release, some in buyers.items() if some}


def sent(pim: RecordingPim) -> Fields:
    (batch,) = pim.batches
    return {(update.release_id, field): value for update in batch for field, value in update.fields.items()}


def sell(root: Path, number: int, quantity: int) -> None:
    """One more sale of one release, on the last day of the lake."""
    lines = [
        change("orders", order(f"X{number}"), LSN + number),
        change("order_lines", order_line(f"X{number}", qty=quantity), LSN + number),
    ]
    land(root, f"2024-02-15--{number}.jsonl", lines)


@pytest.mark.heavy
def test_changed_fields_go_out_once_and_the_record_knows_old_and_new(lake: Path) -> None:
    before = wanted(lake)
    sell(lake, 1, 500)
    pim = RecordingPim()
    assert run_main(lake, pim=pim).success
    after = wanted(lake)
    changed = {key: after.get(key) for key in before | after if before.get(key) != after.get(key)}
    assert 0 < len(changed) < len(after)
    assert sent(pim) == changed
    recorded = ask(lake, "select release_id, field, old_value, new_value, target, result from writebacks")
    newest = {(row[0], row[1]): row[2:] for row in recorded if row[4] == "memory:1"}
    assert newest.keys() == changed.keys()
    for key, (old, new, _, result) in newest.items():
        expected = [None if value is None else str(value) for value in (before.get(key), changed[key])]
        assert [old, new, result] == [*expected, "taken"]
    assert run_main(lake, pim=pim).success
    assert len(pim.batches) == 1
    assert len(ask(lake, "from writebacks")) == len(recorded)


@pytest.mark.heavy
def test_a_release_that_is_no_longer_forecast_has_its_fields_cleared(lake: Path) -> None:
    before = wanted(lake)
    gone = min(release for release, _ in before)
    table = Lake(lake).table(FORECASTS)
    newest = table.read().filter(pl.col("origin") == pl.col("origin").max()).collect()
    kept = newest.filter(pl.col("release_id") != gone)
    table.overwrite(kept.to_arrow().cast(FORECASTS.arrow_schema), [newest["origin"][0]])
    pim = RecordingPim()
    assert run_main(lake, pim=pim).success
    assert sent(pim) == {key: None for key in before if key[0] == gone}
    assert run_main(lake, pim=pim).success
    assert len(pim.batches) == 1


def test_the_file_is_one_pimcore_object_a_line(built_lake: Path) -> None:
    (file,) = (built_lake / "outbox" / "pim").iterdir()
    objects = [json.loads(line) for line in file.read_bytes().decode().splitlines()]
    keys = [one["key"] for one in objects]
    assert keys == sorted(set(keys))
    found: Fields = {}
    for one in objects:
        assert one.pop("classname") == "Release"
        assert one.pop("key") == one["releaseId"]
        assert one.pop("forecastOrigin") == "2024-02-14"
        release = one.pop("releaseId")
        found |= {(release, field): value for field, value in one.items()}
    assert found == wanted(built_lake)


@pytest.mark.heavy
def test_what_is_not_published_is_not_written_back(lake: Path) -> None:
    sell(lake, 1, 500)
    land(lake, "2024-02-15--bad.jsonl", ["{"] * 40)
    pim = RecordingPim()
    assert not run_main(lake, pim=pim).success
    assert pim.batches == []
    assert run_main(lake, pim=pim, bad_share=1.0, leave_out=("lake/published",)).success
    assert pim.batches == []


KILLED = """
import os, signal, sys
from pathlib import Path
from resources.pim.export_files import ExportFiles
from tests.integration.dagster.running import run_main

class DiesAfterTheFile(ExportFiles):
    def update_releases(self, updates):
        super().update_releases(updates)
        os.kill(os.getpid(), signal.SIGKILL)

root = Path(sys.argv[1])
run_main(root, pim=DiesAfterTheFile(root / "outbox" / "pim"))
"""


@pytest.mark.heavy
def test_a_kill_between_file_and_record_leaves_one_truth(lake: Path) -> None:
    before = set((lake / "outbox" / "pim").iterdir())
    record = "select count(*), count(distinct (release_id, field, written_at)) from writebacks"
    ((rows, _),) = ask(lake, record)
    sell(lake, 1, 500)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(lake)], cwd=CHECKOUT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (file,) = set((lake / "outbox" / "pim").iterdir()) - before
    content = file.read_bytes()
    assert ask(lake, record) == [(rows, rows)]

    assert run_main(lake).success

    assert set((lake / "outbox" / "pim").iterdir()) == before | {file}
    assert file.read_bytes() == content
    fields = sum(len(json.loads(line)) - 4 for line in content.decode().splitlines())
    assert ask(lake, record) == [(rows + fields, rows + fields)]
    assert ask(lake, f"select count(*) from writebacks where target = '{file}'") == [(fields,)]
    assert Lake(lake).published()["gold/writebacks"] == Lake(lake).versions()["gold/writebacks"]
    assert os.listdir(lake / "outbox") == ["pim"]
