"""A snooze stands through its last day, is ended by hand, and is never deleted."""

import datetime as dt
from pathlib import Path

from lake.journals.snoozes import SNOOZES, Snooze, add_snooze, end_snoozes, standing_snoozes
from lake.lakehouse import Lake

DAY = dt.date(2026, 5, 10)
BOUNDS = Snooze("gold/forecasts", "bounds", DAY, "Ada", "known since the move")


def test_it_stands_through_its_last_day_and_the_later_one_counts(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert standing_snoozes(lake, DAY) == {}
    add_snooze(lake, BOUNDS)
    assert standing_snoozes(lake, DAY) == {("gold/forecasts", "bounds"): BOUNDS}
    assert standing_snoozes(lake, DAY + dt.timedelta(days=1)) == {}
    later = Snooze("gold/forecasts", "bounds", DAY + dt.timedelta(days=5), "Bo", "longer")
    add_snooze(lake, later)
    assert standing_snoozes(lake, DAY) == {("gold/forecasts", "bounds"): later}
    assert str(later) == "snoozed until 2026-05-15 by Bo: longer"


def test_it_is_ended_by_hand_and_stays_on_record(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    add_snooze(lake, BOUNDS)
    add_snooze(lake, Snooze("gold/forecasts", "nulls", DAY, "Ada", "too"))
    end_snoozes(lake, "gold/forecasts", "bounds", "Cy", DAY)
    assert [check for _, check in standing_snoozes(lake, DAY)] == ["nulls"]
    rows = lake.table(SNOOZES).read().sort("check_name").collect()
    assert rows["ended_by"].to_list() == ["Cy", None]
