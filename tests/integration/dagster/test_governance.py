"""The forecast registers itself; changed code makes a challenger that does not serve; people promote and roll back."""

import datetime as dt
from pathlib import Path

import pytest

from assets.forecasts import governed, inputs, recipes
from lake.lakehouse import Lake
from resources.registry import Registry
from tests.integration.dagster.running import Lacquer, ask, run_main

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]


def test_the_first_fit_serves_and_every_prediction_names_it(lake: Path, lacquer: Lacquer) -> None:
    registry = Registry(Lake(lake))
    (row,) = registry.versions("forecast")
    assert registry.state("forecast").champion == 1
    assert ask(lake, "select distinct model_version from forecasts") == [("forecast-1",)]
    ids, rows = ask(lake, "select count(distinct prediction_id), count(*) from forecasts")[0]
    assert ids == rows > 0
    assert ask(lake, "select count(*) from prediction_batches where batch_id in "
               "(select distinct split_part(prediction_id, '-', 1) from forecasts)") == [(1,)]  # fmt: skip
    today = dt.datetime.now(dt.UTC).date()
    assert "forecast version 1" in lacquer("models", "served", "--on", today.isoformat()).stdout
    assert "champion" in lacquer("models", "list").stdout
    one, batch = ask(lake, "select prediction_id, split_part(prediction_id, '-', 1) from forecasts limit 1")[0]
    shown = lacquer("trace", one).stdout
    assert "forecast version 1" in shown
    assert "gold/fct_sales_day version" in shown
    assert "window has not ended" in shown
    assert "all are the same" in lacquer("reproduce", batch).stdout
    assert "neither a run" in lacquer("reproduce", "nothing").stderr
    assert row["artefact_sha256"] in lacquer("models", "show", "forecast", "1").stdout


def test_changed_code_makes_a_challenger_and_a_person_promotes_it(
    lake: Path, lacquer: Lacquer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(lake, "select release_id, horizon_days, units_p50 from forecasts order by all")
    code = inputs.forecasting_version() + 1
    for module in (inputs, governed, recipes):
        monkeypatch.setattr(module, "forecasting_version", lambda: code)
    monkeypatch.setattr("assets.forecasts.forecasts.forecasting_version", lambda: code)
    assert run_main(lake).success
    registry = Registry(Lake(lake))
    state = registry.state("forecast")
    assert (state.champion, state.challenger) == (1, 2)
    assert ask(lake, "select distinct model_version from forecasts") == [("forecast-1",)]
    assert ask(lake, "select release_id, horizon_days, units_p50 from forecasts order by all") == before
    assert ask(lake, "select distinct model_version from shadow_forecasts") == [("forecast-2",)]

    assert lacquer("models", "canary", "2", "--share", "0.3", "--by", "Ada", "--why", "look").exit_code == 0
    assert run_main(lake).success
    shares = dict(ask(lake, "select model_version, count(distinct release_id) from forecasts group by 1"))
    assert 0.15 < shares["forecast-2"] / sum(shares.values()) < 0.45

    assert lacquer("promote", "2", "--by", "Ada", "--why", "better").exit_code == 0
    assert run_main(lake).success
    assert ask(lake, "select distinct model_version from forecasts") == [("forecast-2",)]
    assert lacquer("rollback", "--by", "Ada", "--why", "worse").stdout.startswith("forecast version 1")
    assert run_main(lake).success
    assert ask(lake, "select distinct model_version from forecasts") == [("forecast-1",)]
    today = dt.datetime.now(dt.UTC).date()
    assert [one.version for one in registry.served_on("forecast", today)] == [1, 2, 1]
    assert registry.state("forecast").challenger is None, "a recipe that was rolled back is not offered again"
