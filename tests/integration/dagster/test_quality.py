"""The job of the suites on the demo pack's lake: what it finds, keeps, and does without its package."""

import sys
from pathlib import Path

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from assets.quality.suites import SUITES
from definitions import build_definitions
from lake.lakehouse import Lake
from resources.settings import Settings
from tests.integration.dagster.running import QUIET, Lacquer
from tests.needs import need_packages

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]


def run_quality(root: Path) -> ExecuteInProcessResult:
    definitions = build_definitions(Settings(lake=root, threads=2, pseudonym_key=None))
    with DagsterInstance.ephemeral() as instance:
        return definitions.resolve_job_def("quality").execute_in_process(instance=instance, run_config=QUIET)


def test_suites_are_checks_of_the_published_tables_and_are_evaluated_once(lake: Path, lacquer: Lacquer) -> None:
    need_packages("great_expectations", target="quality")
    checks = run_quality(lake).get_asset_check_evaluations()
    assert {(check.check_name, "/".join(check.asset_key.path)) for check in checks} == {
        (suite.check, suite.table) for suite in SUITES
    }
    for check in checks:
        page = Path(str(check.metadata["page"].value).removeprefix("file://"))
        assert page.is_relative_to(lake / "reports" / "quality")
        assert page.is_file()
    again = run_quality(lake).get_asset_check_evaluations()
    assert {str(check.metadata["mode"].value) for check in again} == {"as it was: its tables did not change"}
    answer = lacquer("quality", "stock")
    assert (answer.exit_code, answer.stdout.startswith("stock (gold/fct_inventory_snapshot): 3 met, as of ")) == (
        0,
        True,
    )
    ((kept,),) = Lake(lake).connect_published().execute("select count(*) from suite_results").fetchall()
    assert kept == len(SUITES)
    unknown = lacquer("quality", "weather")
    assert (unknown.exit_code, "no suite is called weather" in unknown.stderr) == (1, True)


def test_without_the_package_there_are_no_results_and_the_run_says_so(
    lake: Path, lacquer: Lacquer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)  # how Python marks what cannot be imported
    result = run_quality(lake)
    assert (result.success, result.get_asset_check_evaluations()) == (True, [])
    answer = lacquer("quality")
    assert (answer.exit_code, "make quality installs it" in answer.stderr) == (1, True)
