"""The table at the end of a run: what stands in it, from where, and that nothing is lost on the way."""

import io
import json
from pathlib import Path

from rich.console import Console

from serving.queries.published import open_published
from serving.runs.results import accuracy, top_forecasts
from serving.runs.summary import Accuracy, DeadLetters, ReleaseForecast, StepTime, Summary, TableCount, show

SUMMARY = Summary(
    run_id="r-17",
    pack="demo",
    lake="/data/[lake]",
    seconds=71.26,
    counts=[TableCount("order_lines", 120345, 118000, 1200, 845, 200, 100)],
    dead_letters=[DeadLetters("orders", "[adjustment], no order", 6, "2010-12-01--erp-orders.jsonl line 5")],
    forecasts=[ReleaseForecast("R12", "Blue [Remix]", 30, 1204.4, 1890.5, "Medium")],
    accuracy=[Accuracy(30, "lightgbm", 0.2123, 0.41, 0.894, True), Accuracy(60, "naive", None, None, None, False)],
    steps=[StepTime("gold", 12.34), StepTime("forecasts", 30.0)],
    notes=["Nothing was [forecast]."],
    next=[("the graph", "make ui")],
)


def shown(summary: Summary, width: int = 100) -> list[str]:
    out = io.StringIO()
    show(summary, Console(file=out, width=width))
    return [" ".join(line.split()) for line in out.getvalue().splitlines() if line.strip()]


def test_every_part_is_shown_with_its_numbers() -> None:
    lines = shown(SUMMARY)
    for line in (
        "order_lines 120,345 118,000 1,200 845 200 100",
        "orders 6 [adjustment], no order 2010-12-01--erp-orders.jsonl line 5",
        "What will sell most in the next 30 days, in units",
        "R12 Blue [Remix] 1,204 1,890 Medium",
        "30 lightgbm 0.212 41.0% 89.4% yes",
        "60 naive - - -",
        "gold 12.3",
        "Nothing was [forecast].",
        "run r-17, pack demo: 71.3 s; lake /data/[lake]",
        "the graph make ui",
    ):
        assert line in lines
    assert lines.index("forecasts 30.0") < lines.index("gold 12.3"), "the slowest step comes first"


def test_parts_without_content_are_left_out() -> None:
    assert shown(Summary("r-18", "demo", "lakes/demo", 3.0)) == ["run r-18, pack demo: 3.0 s; lake lakes/demo"]


def test_the_counts_fit_an_ordinary_terminal() -> None:
    many = TableCount("silver/competitor_prices", 1_234_567, 1_234_567, 1_200, 845, 200, 100)
    lines = shown(Summary("r", "demo", "lakes/demo", 3.0, counts=[many]), width=80)
    assert "silver/competitor_prices 1,234,567 1,234,567 1,200 845 200 100" in lines
    assert "table landed applied older double deleted dead" in lines


def test_a_run_that_found_nothing_new_says_so_and_lists_only_what_moved() -> None:
    still = TableCount("bronze/erp_changes", 0, 0)
    assert "Nothing new was read: every landed file was taken in before." in shown(
        Summary("r", "demo", "lakes/demo", 3.0, counts=[still])
    )
    lines = shown(Summary("r", "demo", "lakes/demo", 3.0, counts=[still, TableCount("silver/orders", 5, 5)]))
    assert [line for line in lines if "/" in line][:-1] == ["silver/orders 5 5 0 0 0 0"]


def test_many_steps_are_summed_up_behind_the_slowest() -> None:
    steps = [StepTime(f"step{n}", float(n)) for n in range(1, 11)]
    lines = shown(Summary("r", "demo", "lakes/demo", 55.0, steps=steps))
    assert [line for line in lines if line.startswith("step")][1:] == [f"step{n} {n}.0" for n in range(10, 2, -1)]
    assert "2 others 3.0" in lines


def test_the_document_for_the_runs_table_holds_everything() -> None:
    document = json.loads(json.dumps(SUMMARY.as_document()))
    assert document["counts"][0]["dead_letters"] == 100
    assert document["accuracy"][1] == {
        "horizon_days": 60,
        "model": "naive",
        "pinball": None,
        "wape": None,
        "coverage_p90": None,
        "serves": False,
    }
    assert document["next"] == [["the graph", "make ui"]]


def test_the_top_releases_come_from_the_newest_origin(published_lake: Path) -> None:
    connection = open_published(str(published_lake))
    assert top_forecasts(connection) == [
        ReleaseForecast("R2", 'The "B" Side', 30, 40.0, 60.0, "High"),
        ReleaseForecast("R3", "R3", 30, 10.0, 31.0, "Low"),
        ReleaseForecast("R1", "Blue, [Remix]", 30, 10.0, 30.0, "Low"),
    ]
    assert [row.p50 for row in top_forecasts(connection, horizon_days=60)] == [20.0]


def test_accuracy_is_that_of_units_of_active_releases_over_all_origins(published_lake: Path) -> None:
    assert accuracy(open_published(str(published_lake))) == [
        Accuracy(30, "lightgbm", 0.21, 0.4, 0.9, True),
        Accuracy(30, "mean_28d", 0.25, 0.5, None, False),
        Accuracy(60, "naive", 0.2, None, 0.5, True),
        Accuracy(60, "lightgbm", 0.3, 0.45, 0.88, False),
    ]
