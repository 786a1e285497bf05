"""Gold as assets: one run through Dagster, its metadata, its checks, and a test that fails."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from dagster import AssetKey, AssetsDefinition, DagsterInstance, ExecuteInProcessResult, materialize

from assets import gold
from assets.money_checks import QUESTIONS
from lake.gold.models import behind
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from resources.lake import LakeResource
from tests.integration.gold.building import rows
from tests.integration.gold.silver_tables import line, order, write, write_all

# Every step that builds models.
GOLD = [one for one in vars(gold).values() if isinstance(one, AssetsDefinition)]
LINES = [line("O1", "2010-11-05T08:00:00", quantity=3), line("O2", "2010-12-05T08:00:00", quantity=7)]


def run(lake: Lake, instance: DagsterInstance, selection: list[str] | None = None) -> ExecuteInProcessResult:
    resource = LakeResource(root=lake.root, allowed_bad_share=0.0, threads=2)
    keys = [AssetKey(["gold", name]) for name in selection] if selection else None
    return materialize(
        GOLD,
        resources={"lake": resource},
        instance=instance,
        selection=keys,
        raise_on_error=False,
    )


@pytest.fixture
def instance():
    with DagsterInstance.ephemeral() as made:
        yield made


def metadata(result: ExecuteInProcessResult, name: str) -> dict:
    events = result.get_asset_materialization_events()
    [found] = [event for event in events if event.asset_key == AssetKey(["gold", name])]
    return {key: value.value for key, value in found.materialization.metadata.items()}


def materialised(result: ExecuteInProcessResult) -> list[str]:
    keys = [event.asset_key for event in result.get_asset_materialization_events()]
    return [key.path[-1] for key in keys if key]


def skipped(result: ExecuteInProcessResult) -> set[AssetKey]:
    """The tables that stay as they are."""
    events = [event.materialization for event in result.get_asset_materialization_events()]
    return {one.asset_key for one in events if "mode" in one.metadata and one.metadata["mode"].value == "skip"}


def failed_steps(result: ExecuteInProcessResult) -> str:
    return "\n".join(str(event.step_failure_data.error) for event in result.get_step_failure_events())


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExecuteInProcessResult]:
    """A lake with gold of the lines, and what the run said that made it. Not to be changed."""
    lake = Lake(tmp_path_factory.mktemp("first_run"))
    write_all(lake, LINES)
    with DagsterInstance.ephemeral() as instance:
        return lake.root, run(lake, instance)


@pytest.fixture
def built(first_run: tuple[Path, ExecuteInProcessResult], lake: Lake) -> Lake:
    """A copy of that lake, to be changed."""
    shutil.copytree(first_run[0], lake.root)
    return lake


def test_a_run_materialises_every_model_and_passes_every_check(first_run: tuple[Path, ExecuteInProcessResult]):
    result = first_run[1]
    assert result.success
    models = {node["name"] for node in load_manifest()["nodes"].values() if node["resource_type"] == "model"}
    assert set(materialised(result)) == models
    checks = {evaluation.check_name for evaluation in result.get_asset_check_evaluations() if evaluation.passed}
    tests = {node["name"] for node in load_manifest()["nodes"].values() if node["resource_type"] == "test"}
    assert checks == tests | set(QUESTIONS)


def test_metadata_says_what_was_rewritten_and_from_which_versions(built: Lake, instance: DagsterInstance):
    version = write(built, "order_lines", [LINES[1]], ["2010-12-01"])
    result = run(built, instance)
    lines = metadata(result, "fct_order_line")
    assert (lines["mode"], lines["partitions_rewritten"], lines["rows_written"]) == ("partitions", ["2010-12-01"], 1)
    assert lines["delta_versions_read"]["silver/order_lines"] == version
    assert lines["delta_version"] == built.versions()["gold/fct_order_line"]
    assert metadata(result, "dim_artist")["mode"] == "skip"


def test_a_second_run_has_dbt_do_nothing_and_reports_every_table_and_check(
    first_run: tuple[Path, ExecuteInProcessResult], built: Lake, instance: DagsterInstance
):
    first, second = first_run[1], run(built, instance)
    assert set(materialised(second)) == set(materialised(first))
    said = [event.materialization.metadata.get("mode") for event in second.get_asset_materialization_events()]
    assert all(mode and mode.value == "skip" for mode in said)
    told = {one.check_name: one.metadata.get("mode") for one in second.get_asset_check_evaluations() if one.passed}
    assert told.keys() == {one.check_name for one in first.get_asset_check_evaluations()}
    assert all(mode and mode.value == "skip" for name, mode in told.items() if name not in QUESTIONS)


def test_tests_are_run_again_where_their_tables_or_the_record_of_them_are_not_as_they_were(
    built: Lake, instance: DagsterInstance
):
    write(built, "order_lines", [LINES[1]], ["2010-12-01"])
    result = run(built, instance)
    evaluations = result.get_asset_check_evaluations()
    # Without stock, mart_stock_cover is rewritten with the same no rows, so what reads it stays as it is.
    stays = {key for key in (AssetKey(["gold", "mart_decisions"]),) if key in skipped(result)}
    again = {one.check_name for one in evaluations if "mode" not in one.metadata} - set(QUESTIONS)
    reads = {node["name"]: behind(load_manifest(), uid) for uid, node in load_manifest()["nodes"].items()}
    assert "fct_order_line_key" in again
    assert again == {
        one.check_name
        for one in evaluations
        if "model.lacquer.fct_order_line" in reads.get(one.check_name, ()) and one.asset_key not in stays
    }
    shutil.rmtree(built.root / "lake" / "gold_tests")
    every = run(built, instance).get_asset_check_evaluations()
    assert not [one for one in every if "mode" in one.metadata]


def test_one_model_alone_brings_the_views_it_reads_and_nothing_else(lake: Lake, instance: DagsterInstance):
    write_all(lake, LINES)
    result = run(lake, instance, ["fct_order_line"])
    assert result.success
    assert materialised(result) == ["fct_order_line"]
    assert {key for key in lake.versions() if key.startswith("gold/")} == {"gold/fct_order_line"}


def test_a_failing_test_fails_its_check_stops_what_is_downstream_and_counts_the_rows(
    lake: Lake, instance: DagsterInstance
):
    write_all(lake, [*LINES, line("O3", "2010-12-06T08:00:00", order_type="gift")])
    result = run(lake, instance)
    assert not result.success
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed and check.blocking]
    assert [(check.asset_key.path[-1], check.check_name) for check in failed] == [
        ("fct_order_line", "fct_order_line_order_type")
    ]
    assert "fct_order_line_order_type: 1 rows of fct_order_line fail this test" in failed_steps(result)
    assert "gold/fct_sales_day" not in lake.versions()
    assert "gold/dim_artist" in lake.versions()


@pytest.mark.heavy
def test_the_next_run_still_fails_until_the_source_is_mended_and_then_catches_up(lake: Lake, instance: DagsterInstance):
    write_all(lake, [*LINES, line("O3", "2010-12-06T08:00:00", order_type="gift")])
    run(lake, instance)
    assert "fct_order_line_order_type" in failed_steps(run(lake, instance))
    assert "gold/fct_sales_day" not in lake.versions()
    mended = line("O3", "2010-12-06T08:00:00")
    write(lake, "order_lines", [LINES[1], mended], ["2010-12-01"])
    write(lake, "orders", [order(LINES[1]), order(mended)], ["2010-12-01"])
    assert run(lake, instance).success
    assert rows(lake, "fct_sales_day", "sales_date, gross_units") == [
        (dt.date(2010, 11, 5), 3),
        (dt.date(2010, 12, 5), 7),
        (dt.date(2010, 12, 6), 1),
    ]


def test_a_warning_lets_the_run_go_on(lake: Lake, instance: DagsterInstance):
    write_all(lake, [line("O1", "2010-11-05T08:00:00", release_id="UNKNOWN")])
    result = run(lake, instance)
    assert result.success
    [warned] = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert (warned.check_name, warned.severity.value) == ("fct_order_line_release_known", "WARN")


def test_assets_say_where_they_stand():
    specs = {spec.key.path[-1]: spec for asset in GOLD for spec in asset.specs}
    lines = specs["fct_order_line"]
    assert lines.key == AssetKey(["gold", "fct_order_line"])
    assert (lines.group_name, lines.owners, lines.kinds) == (
        "gold_sales",
        ["team:analytics-engineering"],
        {"dbt", "duckdb", "delta"},
    )
    assert (lines.description or "").startswith("One row per order and line")
    assert {dep.asset_key for dep in specs["stg_orders"].deps} == {AssetKey(["silver", "orders"])}
    assert {dep.asset_key.path[-1] for dep in specs["mart_forecast_product_day"].deps} == {"forecasts", "fct_sales_day"}
    assert all(spec.code_version and spec.group_name and spec.owners for spec in specs.values())


def test_several_currencies_stop_the_run_with_what_to_set(lake: Lake, instance: DagsterInstance):
    write_all(lake, [*LINES, line("O3", "2010-12-06T08:00:00", currency="EUR")])
    result = run(lake, instance)
    assert not result.success
    assert "2 currencies (2 in GBP, 1 in EUR)" in failed_steps(result)
    assert "set LACQUER_HOUSE_CURRENCY" in failed_steps(result)
    assert not any(key.startswith("gold/") for key in lake.versions())
