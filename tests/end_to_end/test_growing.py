"""Given a lake, when it is run again, then nothing changes; when a day is added, then only what that day touches."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lake.lakehouse import Lake
from tests.end_to_end import states
from tests.end_to_end.commands import DAYS, ask, copied, run_demo

NEW_DAY = "2024-05-02"
NO_MONTHS = {"silver/signals", "gold/forecasts", "gold/forecast_backtest", "gold/forecast_scores"}


@pytest.fixture(scope="module")
def grown(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo lake after one more day."""
    lake = copied(demo_lake, tmp_path_factory.mktemp("grown") / "lake")
    run_demo(lake, DAYS + 1)
    return lake


def test_a_second_run_changes_no_table_and_writes_nothing_back(demo_lake: Path, tmp_path: Path) -> None:
    lake = copied(demo_lake, tmp_path / "lake")
    before, outbox = states.versions(lake), sorted((lake / "outbox" / "pim").iterdir())
    printed = run_demo(lake, DAYS)
    assert states.versions(lake) == before
    assert sorted((lake / "outbox" / "pim").iterdir()) == outbox
    assert len(outbox) == 1
    assert len(Lake(lake).published()) == len(Lake(demo_lake).published())
    assert [run["status"] for run in ask(lake, "select status from runs")] == ["success", "success"]
    assert "Nothing new was read: every landed file was taken in before." in printed


def changed_rows(lake: Path) -> Iterator[tuple[str, str, date]]:
    """Table, order and month of every row that the new day's ERP files state, read as a stranger would."""
    for path in (lake / "landing" / "erp").glob(f"{NEW_DAY}--*.jsonl"):
        for line in path.read_text().splitlines():
            change = json.loads(line)
            row = change["after"]
            if row and {"order_id", "created_at"} <= row.keys():  # orders and their lines
                moment = date.fromisoformat(row["created_at"][:10])
                yield change["source"]["table"], row["order_id"], moment.replace(day=1)


def test_one_more_day_rewrites_only_the_months_that_it_touches(demo_lake: Path, grown: Path) -> None:
    changed = list(changed_rows(grown))
    touched = {month.isoformat() for _, _, month in changed}
    assert touched == {"2024-04-01", "2024-05-01"}
    rewritten = states.rewritten(states.files(demo_lake), states.files(grown))
    for key in ("silver/orders", "silver/order_lines", "gold/fct_order_line", "gold/fct_sales_day"):
        assert "2024-05-01" in rewritten[key] <= touched | {"2024-03-01"}, key
    assert rewritten["silver/signals"] <= {"2024-04-01", "2024-05-01"}
    assert rewritten["gold/forecasts"] == {NEW_DAY}
    # A version that arrives late serves lines of earlier months too, so the table that names versions may have others.
    of_months = {key: parts for key, parts in rewritten.items() if key != "gold/fct_order_line_version"}
    months = {part for parts in of_months.values() for part in parts if re.fullmatch(r"2024-\d\d-01", part)}
    assert not months & {"2024-01-01", "2024-02-01"}
    assert rewritten["gold/dim_date"] == set()


@pytest.mark.heavy
def test_a_lake_that_grew_equals_one_built_from_nothing_in_another_zone(grown: Path, next_day_lake: Path) -> None:
    ours, theirs = states.data(grown), states.data(next_day_lake)
    assert ours.keys() == theirs.keys()
    assert {key: len(rows) for key, rows in ours.items()} == {key: len(rows) for key, rows in theirs.items()}
    assert [key for key in ours if ours[key] != theirs[key]] == []


def test_the_new_day_is_forecast_and_every_earlier_forecast_kept(demo_lake: Path, grown: Path) -> None:
    before, after = states.rows(demo_lake, "gold/forecasts"), states.rows(grown, "gold/forecasts")
    assert set(before) < set(after)
    origins = ask(grown, "select origin, count(distinct release_id) > 0 as some from forecasts group by 1 order by 1")
    assert origins == [{"origin": "2024-05-01", "some": True}, {"origin": NEW_DAY, "some": True}]
