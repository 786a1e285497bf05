"""A webhook brings one release through to the PIM and leaves every other one as it was published."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from dagster import DagsterInstance, DagsterRunStatus

from assets.forecasts.forecasts_table import FORECASTS
from assets.pim.objects import pim_classes, tables_by_class
from definitions import build_definitions
from lake.journals.webhooks import RECEIVED, Webhook, note, unfinished
from lake.lakehouse import Lake
from resources.pim.pulling import PimObjects
from resources.settings import Settings
from serving.webhooks.worker import Worker
from tests.integration.dagster.running import ask
from tests.pim_server.server import KEY, PimServer, pim_server

DEADLINE_S = 120
OBJECTS = "select payload from bronze.pim_objects where source in ('Release', 'Artist') order by position"
UNITS = "forecastUnits30dP50"


@pytest.fixture
def pim(lake: Path) -> Iterator[PimServer]:
    """A PIM with the objects of the lake."""
    with pim_server() as server:
        for (payload,) in ask(lake, OBJECTS):
            said = json.loads(payload)
            fields = {name: value for name, value in said.items() if name not in ("id", "classname", "artist", "label")}
            if said.get("event") == "delete":
                continue
            if said.get("artist"):
                fields["artist"] = int(said["artist"]["id"])
            if said.get("listPrice") is not None:
                fields["listPrice"] = str(said["listPrice"])
            server.store.put(int(said["id"]), said["classname"], **fields)
        yield server


def worker_of(lake: Path, pim: PimServer, instance: DagsterInstance, said: list[str]) -> Worker:
    settings = Settings(lake=lake, pim_url=pim.url, pim_api_key=KEY, threads=2)
    source = PimObjects.from_settings(settings)
    definitions = build_definitions(settings)
    return Worker(Lake(lake), source, pim_classes(), tables_by_class(), definitions, instance, said.append)


def until(found: object, said: list[str]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not found():  # type: ignore[operator]
        assert time.monotonic() < end, said
        time.sleep(0.05)


def one_release(lake: Path) -> tuple[int, str]:
    """The id and number of the release that will sell most."""
    largest = "select release_id from forecasts where horizon_days = 30 order by units_p50 desc limit 1"
    ((release,),) = ask(lake, largest)
    named = f"payload ->> '$.releaseId' = '{release}'"
    ((id_,),) = ask(lake, f"select max(payload ->> '$.id') from bronze.pim_objects where {named}")
    return int(id_), release


def test_one_release_goes_through_and_the_others_stay(lake: Path, pim: PimServer) -> None:
    id_, release = one_release(lake)
    before, held = ask(lake, "from forecasts order by all"), Lake(lake).pinned()
    pim.store.put(id_, "Release", title="A new title")
    said: list[str] = []
    with DagsterInstance.ephemeral() as instance:
        # Taken by a server that was killed before it did anything about it.
        note(Lake(lake), [Webhook("msg_1", "Release", id_, "update")], RECEIVED)
        worker = worker_of(lake, pim, instance, said)
        worker.start()
        until(lambda: not unfinished(Lake(lake)), said)
        worker.stop()
        (run,) = instance.get_runs()
    assert run.status == DagsterRunStatus.SUCCESS
    assert ask(lake, f"select title from silver.releases where release_id = '{release}'") == [("A new title",)]
    assert ask(lake, "from forecasts order by all") == before
    ((units,),) = ask(lake, f"select units_p50 from forecasts where release_id = '{release}' and horizon_days = 30")
    assert pim.store.objects[id_][UNITS] == pytest.approx(units, abs=0.051)
    assert {name for name, _, _ in pim.store.written} == {release}
    assert set(pim.store.written.values()) == {1}
    assert Lake(lake).pinned() == held


@pytest.mark.heavy
def test_the_release_alone_is_forecast_anew_with_the_stored_fit(lake: Path, pim: PimServer) -> None:
    """The lake's own forecasts are spoilt for every release; only the one that is told of is made good."""
    id_, release = one_release(lake)
    right = dict(ask(lake, "select (release_id, horizon_days), units_p50 from forecasts"))
    store = Lake(lake)
    table = store.table(FORECASTS)
    spoilt = table.read().with_columns(pl.col("units_p50") * 0 + 7).collect()
    origin = spoilt["origin"].max()
    rows = spoilt.filter(pl.col("origin") == origin).to_arrow().cast(FORECASTS.arrow_schema)
    store.publish({table.name: table.overwrite(rows, [origin])}, "spoilt")  # type: ignore[list-item]
    fits = store.versions()["gold/forecast_models"]
    said: list[str] = []
    with DagsterInstance.ephemeral() as instance:
        worker = worker_of(lake, pim, instance, said)
        worker.start()
        hook = Webhook("msg_1", "Release", id_, "update")
        note(store, [hook], RECEIVED)
        worker.take([hook])
        until(lambda: not unfinished(store), said)
        worker.stop()
    found = dict(ask(lake, "select (release_id, horizon_days), units_p50 from forecasts"))
    assert found == {key: right[key] if key[0] == release else 7.0 for key in right}
    assert store.versions()["gold/forecast_models"] == fits


@pytest.mark.heavy
def test_beside_a_whole_run_the_catalogue_is_published_and_the_forecast_waits(lake: Path, pim: PimServer) -> None:
    id_, release = one_release(lake)
    store, forecasts = Lake(lake), Lake(lake).published()["gold/forecasts"]
    pim.store.put(id_, "Release", title="A new title")
    hook = Webhook("msg_1", "Release", id_, "update")
    note(store, [hook], RECEIVED)
    said: list[str] = []
    with DagsterInstance.ephemeral() as instance:
        job = build_definitions(Settings(lake=lake)).resolve_job_def("main")
        run = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED)
        worker = worker_of(lake, pim, instance, said)
        worker.start()
        until(lambda: "the forecast waits for the run that is under way" in said, said)
        assert len(instance.get_runs()) == 2
        assert ask(lake, f"select title from silver.releases where release_id = '{release}'") == [("A new title",)]
        assert store.published()["gold/forecasts"] == forecasts
        assert unfinished(store) != []
        instance.report_run_failed(run)
        until(lambda: not unfinished(store), said)
        worker.stop()
    assert set(pim.store.written.values()) == {1}
