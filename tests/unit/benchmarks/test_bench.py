"""The benchmark at its tiny scale: every case does the same work, and the report says what was measured."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from benchmarks.measure import Measured, ratio

pytestmark = pytest.mark.heavy

CASES = {
    "latest": ["lacquer", "polars", "duckdb"],
    "merge": ["lacquer", "delta-rs, months looked up", "delta-rs, months of the batch", "delta-rs, no bound"],
    "ingest": ["lacquer", "polars", "duckdb"],
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What `lacquer bench lake --scale tiny` wrote as JSON; the command itself compares what the cases counted."""
    from typer.testing import CliRunner

    from serving.cli import app

    out = tmp_path_factory.mktemp("bench") / "lake.json"
    answer = CliRunner().invoke(
        app, ["bench", "lake", "--scale", "tiny", "--repetitions", "1", "--out", str(out)], catch_exceptions=False
    )
    assert answer.exit_code == 0, answer.output
    document: dict[str, object] = json.loads(out.read_text())
    return document


def test_each_figure_has_ours_and_its_references(report: dict[str, object]) -> None:
    measured = [Measured(**one) for one in report["parts"][0]["measured"]]  # type: ignore[index]
    for figure, cases in CASES.items():
        assert sorted(one.case for one in measured if one.figure == figure) == sorted(cases)
    assert all(one.wall_s > 0 and one.cpu_s > 0 and one.peak_mib > 50 for one in measured)


def test_all_cases_counted_what_was_planted(report: dict[str, object]) -> None:
    """12,000 rows stand and all merged changes concern them; of 4,000 events every thousandth is broken."""
    measured = [Measured(**one) for one in report["parts"][0]["measured"]]  # type: ignore[index]
    answers = {(one.figure, one.case): one.answer for one in measured}
    assert {answers["merge", case][0] for case in CASES["merge"]} == {12_000}  # type: ignore[index]
    assert {answers["ingest", case][0] for case in CASES["ingest"]} == {3_996}  # type: ignore[index]
    assert len({json.dumps(answers["latest", case]) for case in CASES["latest"]}) == 1


def test_the_report_names_command_and_machine(report: dict[str, object]) -> None:
    assert report["command"] == "lacquer bench lake --scale tiny"
    assert "cores" in str(report["machine"])
    assert all("bar of 1.5" in verdict for verdict in report["parts"][0]["verdicts"])  # type: ignore[index]


def test_a_ratio_is_taken_to_the_best_reference_that_counts() -> None:
    def of(case: str, wall_s: float, *, is_ours: bool = False, counts: bool = True) -> Measured:
        return Measured("f", case, is_ours, counts, wall_s, 1.0, 1.0, None)

    measured = [of("ours", 3.0, is_ours=True), of("a", 4.0), of("b", 2.0), of("c", 1.0, counts=False)]
    assert ratio(measured) == 1.5


def test_imports_are_measured(lacquer: Callable[..., Result], tmp_path: Path) -> None:
    answer = lacquer("bench", "import", "--scale", "tiny", "--out", tmp_path / "import.md")
    assert answer.exit_code == 0
    text = (tmp_path / "import.md").read_text()
    assert "| import | import definitions |" in text
    assert "bar 1.25" in text


def test_an_impossible_target_is_refused_before_anything_is_measured(
    lacquer: Callable[..., Result], tmp_path: Path
) -> None:
    answer = lacquer("bench", "lake", "--out", tmp_path / "lake.txt")
    assert answer.exit_code == 1
    assert "ends in .md for Markdown or .json for JSON" in answer.output
    answer = lacquer("bench", "lake", "--out", tmp_path / "none" / "lake.md")
    assert "there is no folder" in answer.output


def test_forecasts_need_a_run(lacquer: Callable[..., Result], published_lake: Path, tmp_path: Path) -> None:
    assert "no lake at" in lacquer("bench", "forecast", "--lake", tmp_path / "none").output
    answer = lacquer("bench", "forecast", "--lake", published_lake)
    assert answer.exit_code == 1
    assert "gold/fct_sales_day" in answer.output
    assert f"lacquer run --lake {published_lake}" in answer.output
