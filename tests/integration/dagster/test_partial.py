"""Signals are published without a whole run, beside one under way, and no table goes back to fewer of them."""

import datetime as dt
import json
from pathlib import Path

import pytest
from dagster import DagsterInstance

from assets.partial import SIGNALS, OutsideSetError, check_inside, tags_for_set, written_by_whole_run
from definitions import build_definitions
from lake.gold.build import GoldBuild
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from resources.dbt.runner import build
from resources.settings import Settings
from tests.integration.dagster.running import QUIET, ask, land, published

OUTSIDE = {"silver/orders", "gold/fct_order_line", "gold/forecasts", "gold/fct_sales_day"}
COUNT = "select value_sum from gold.fct_signal_day where kind = 'rumours'"
DAY = dt.date(2024, 2, 14)


def land_signal(lake: Path, number: int) -> None:
    ((release,),) = ask(lake, "select min(release_id) from silver.releases")
    said = {"kind": "rumours", "entity_type": "release", "entity_id": release, "value": 1.0, "unit": "count"}
    more = {"event_id": f"rumour-{number}", "region": "DE", "occurred_at": f"{DAY}T10:00:00Z", "source": "test"}
    land(lake, f"{DAY}--rumours-{number}.jsonl", [json.dumps(said | more)], "signals")


def run_signals(lake: Path, instance: DagsterInstance) -> None:
    settings = Settings(lake=lake, threads=2, pseudonym_key=None)
    job = build_definitions(settings).resolve_job_def("signals")
    assert job.execute_in_process(instance=instance, run_config=QUIET).success


@pytest.mark.heavy
def test_a_signal_reaches_its_day_and_the_alerts_and_nothing_else_moves(lake: Path) -> None:
    before = published(lake)
    land_signal(lake, 1)
    with DagsterInstance.ephemeral() as instance:
        run_signals(lake, instance)
    after = published(lake)
    assert ask(lake, COUNT) == [(1,)]
    moved = {key for key in after if after[key] != before.get(key)} - {"lake/run_inputs"}  # each run records its own
    assert (
        {"bronze/signal_events", "silver/signals", "gold/fct_signal_day", "gold/alert_facts"} <= moved <= set(SIGNALS)
    )


@pytest.mark.heavy
def test_beside_a_whole_run_each_sees_its_own_and_no_signal_is_lost_again(lake: Path) -> None:
    """The whole run began before the signal and builds its signal days after they were published."""
    store = Lake(lake)
    whole = store.session("whole")
    # What the whole run has written and not published is not seen by the partial one.
    table = store.path("gold/fct_sales_day")
    from lake.delta.table import Table

    empty = Table(table).read().limit(0).collect().to_arrow()
    whole.advance("gold/fct_sales_day", Table(table).overwrite(empty))
    sales = ask(lake, "select count(*), max(sales_date) from fct_sales_day")
    facts = ask(lake, "select count(*) from gold.alert_facts")
    land_signal(lake, 1)
    with DagsterInstance.ephemeral() as instance:
        run_signals(lake, instance)
    assert ask(lake, COUNT) == [(1,)]
    assert ask(lake, "select count(*), max(sales_date) from fct_sales_day") == sales
    assert ask(lake, "select count(*) from gold.alert_facts") == facts != [(0,)]

    gold = GoldBuild(store, whole, load_manifest(), ["stg_signals", "fct_signal_day"])
    build(gold, gold.due()).raise_for_failures()
    store.publish({key: whole.versions[key] for key in whole.written}, "whole")
    assert ask(lake, COUNT) == [(1,)]
    assert whole.versions["silver/signals"] == store.published()["silver/signals"]


def test_tables_that_a_whole_run_has_written_are_left_to_it(lake: Path) -> None:
    store = Lake(lake)
    with DagsterInstance.ephemeral() as instance:
        job = build_definitions(Settings(lake=lake)).resolve_job_def("main")
        run = instance.create_run_for_job(job)
        session = store.session(run.run_id)
        assert written_by_whole_run(instance, store, SIGNALS) is None
        session.advance("gold/triggers", session.versions["gold/triggers"] + 1)
        assert written_by_whole_run(instance, store, SIGNALS) == run.run_id
        assert written_by_whole_run(instance, store, ["gold/forecasts"]) is None
        instance.report_run_failed(run)
        assert written_by_whole_run(instance, store, SIGNALS) is None


def test_a_table_outside_the_set_is_not_published() -> None:
    check_inside({}, ["gold/forecasts"])
    check_inside(tags_for_set(SIGNALS), SIGNALS)
    with pytest.raises(OutsideSetError, match=r"gold/forecasts, which its set lacks"):
        check_inside(tags_for_set(SIGNALS), [*SIGNALS, "gold/forecasts"])


def test_the_job_selects_what_it_publishes() -> None:
    job = build_definitions(Settings()).resolve_job_def("signals")
    selected = {"/".join(key.path) for key in job.asset_layer.executable_asset_keys}
    assert {key for key in selected if not key.startswith(("staging/", "lake/"))} == set(SIGNALS)
    assert job.tags["lacquer/publishes"].split(",") == sorted(SIGNALS)
