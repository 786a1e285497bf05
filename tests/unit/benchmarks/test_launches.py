"""What was planted of launches beside what was said: sums by hand, and who knows more is nearer."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.launches import planted_units, recovered, with_planted
from demo.distributor.demand import Demand
from demo.distributor.options import Calendar, Size
from demo.distributor.world import World

START = date(2024, 1, 1)


def test_planted_units_are_the_lines_of_the_window_times_the_units_of_a_line() -> None:
    demand = Demand(World.through(Calendar(START), Size(7, 10_000), 40))
    sales = pl.DataFrame({"ds": [START, START + timedelta(days=39)], "y": [100.0, 300.0]})
    ids, running = planted_units(demand, sales)
    # What is ordered of releases that come out after the last day is not sold yet.
    is_out = demand.world.releases["release_day"].to_numpy() < 40
    of_a_line = 400 / sum(demand.lines(day)[is_out].sum() for day in range(40))
    asked = pl.DataFrame(
        {"unique_id": ["R000050"], "starts_on": [START + timedelta(days=5)], "horizon": [30]},
        schema_overrides={"horizon": pl.Int32},
    )
    row = ids.to_list().index("R000050")
    expected = of_a_line * sum(demand.lines(day)[row] for day in range(5, 35))
    assert with_planted(asked, ids, running, START)["planted"].to_list() == pytest.approx([expected])
    assert expected > 0


def test_who_knows_more_is_nearer_to_what_was_planted() -> None:
    planted = np.array([3.0, 7.0, 15.0, 31.0])
    said = pl.DataFrame({"planted": planted, "horizon": [30] * 4})
    knows = said.with_columns(model=pl.lit("knows"), mean=pl.col("planted") * 1.1, **{"q0.5": pl.col("planted")})
    guesses = said.with_columns(
        model=pl.lit("guesses"), mean=pl.lit(14.0), **{"q0.5": pl.Series([7.0, 7.0, 15.0, 7.0])}
    )
    found = recovered(pl.concat([knows, guesses])).sort("model")
    assert found["model"].to_list() == ["guesses", "knows"]
    assert found["wape"].to_list() == pytest.approx([(11 + 7 + 1 + 17) / 56, 0.1])
    assert found["off"].to_list() == pytest.approx([2 ** (3 / 4), 1.0]), "half, right, right, a quarter"
    assert found["rank"][1] == pytest.approx(1.0)
