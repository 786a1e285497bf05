"""Overrides made at the same time are all kept, and one is withdrawn once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lake.journals.overrides import OVERRIDES, Override, add_override, withdraw_overrides
from lake.lakehouse import Lake

ORIGIN = dt.date(2026, 1, 31)


def test_overrides_of_several_people_at_once_are_all_kept_and_withdrawn_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.table(OVERRIDES).create()
    made = [Override("R1", 30, float(n), ORIGIN, ORIGIN, f"O'Neil {n}", "it's so") for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: add_override(lake, one), made))
    rows = lake.table(OVERRIDES).read().sort("units").collect()
    assert rows["units"].to_list() == [0, 1, 2, 3, 4, 5]
    assert rows["override_id"].n_unique() == 6
    ids = rows["override_id"].to_list()
    withdraw_overrides(lake, ids[:2], ORIGIN, "Bo", "it's over")
    withdraw_overrides(lake, ids[1:3], ORIGIN, "Cy", "too")
    rows = lake.table(OVERRIDES).read().sort("units").collect()
    assert rows["withdrawn_by"].to_list() == ["Bo", "Bo", "Cy", None, None, None]
    assert rows["withdrawn_why"][0] == "it's over"
    assert rows["withdrawn_origin"].to_list() == [ORIGIN] * 3 + [None] * 3
