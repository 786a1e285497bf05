"""Two lakes built from the same files are equal, to the last bit of every number."""

from pathlib import Path

import pytest

from lake.lakehouse import Lake
from tests.end_to_end import states
from tests.end_to_end.commands import DAYS, run_demo

pytestmark = pytest.mark.heavy

# When and by which run a row was written, and where to.
OF_THE_RUN = {"made_at", "fitted_at", "at", "noted_at", "registered_at", "written_at", "run_id", "target"}


def test_two_lakes_of_the_same_files_are_equal(demo_lake: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    run_demo(again, DAYS)
    keys = states.data_tables(demo_lake)
    assert states.data_tables(again) == keys
    assert "gold/forecast_scores" in keys
    con = Lake(demo_lake).connect_published()
    other = Lake(again).connect_published()
    for key in keys:
        table = key.replace("/", ".")
        names = [f'"{name}"' for name in con.table(table).columns if name not in OF_THE_RUN]
        asked = f"select {', '.join(names)} from {table} order by all"
        assert con.sql(asked).fetchall() == other.sql(asked).fetchall(), key
