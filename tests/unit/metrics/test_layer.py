"""Metrics by name have the values that SQL over the same lines has, in the scope of who asks."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lake.lakehouse import Lake
from serving.queries.publications import Publications
from serving.queries.scopes import Scope
from tests import serving_lake
from tests.needs import need_packages

if TYPE_CHECKING:
    from serving.metrics.layer import MetricLayer

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def layer() -> "MetricLayer":
    need_packages("metricflow", target="serve-tools")
    from serving.metrics.layer import MetricLayer

    return MetricLayer()


@pytest.fixture(scope="module")
def publications(tmp_path_factory: pytest.TempPathFactory) -> Publications:
    return Publications(serving_lake.build(tmp_path_factory.mktemp("metrics") / "lake"))


def test_each_metric_says_what_it_is_and_by_what_it_can_be_asked(layer: "MetricLayer") -> None:
    metrics = {one.name: one for one in layer.metrics()}
    wanted = {"net_revenue", "net_units", "gross_units", "return_rate", "stock_cover_days", "forecast_units", "buyers"}
    assert wanted <= metrics.keys()
    assert all(one.description and one.label for one in metrics.values())
    assert {"metric_time__month", "release__genre", "buyer__kind"} <= set(metrics["net_revenue"].dimensions)


def test_values_are_those_of_the_lines(layer: "MetricLayer", publications: Publications) -> None:
    names = ["net_revenue", "net_units", "gross_units", "returned_units", "return_rate", "orders", "buyers"]
    (row,) = layer.ask(publications.reader(), names).rows
    revenue = sum(Decimal(line[5]) for line in serving_lake.LINES)
    quantities = [line[4] for line in serving_lake.LINES]
    gross, back = sum(q for q in quantities if q > 0), -sum(q for q in quantities if q < 0)
    assert row == {
        "net_revenue": revenue,
        "net_units": sum(quantities),
        "gross_units": gross,
        "returned_units": back,
        "return_rate": pytest.approx(back / gross),
        "orders": 3,
        "buyers": 3,
    }


def test_time_and_dimensions_split_the_same_sum(layer: "MetricLayer", publications: Publications) -> None:
    reader = publications.reader()
    answer = layer.ask(reader, ["net_units"], ["metric_time__month", "release__genre"])
    told = [(str(r["metric_time__month"])[:10], r["release__genre"], r["net_units"]) for r in answer.rows]
    assert told == [("2025-12-01", "jazz", 14), ("2026-01-01", "jazz", 4), ("2026-01-01", "rock", 1)]
    assert answer.state == reader.state.number


def test_stock_cover_is_the_ratio_of_sums(layer: "MetricLayer", publications: Publications) -> None:
    (row,) = layer.ask(publications.reader(), ["stock_cover_days"]).rows
    assert row["stock_cover_days"] == pytest.approx(30 / 3.0)


def test_a_scope_holds_in_metrics(layer: "MetricLayer", publications: Publications) -> None:
    scoped = publications.reader(Scope(frozenset({"L1"})))
    rows = layer.ask(scoped, ["net_revenue", "buyers"], ["release__label_name"]).rows
    assert rows == [{"release__label_name": "First Label", "net_revenue": Decimal(80), "buyers": 1}]


@pytest.mark.parametrize(
    ("metrics", "group_by"),
    [
        (["nope"], []),
        ([], []),
        (["net_units"], ["nope"]),
        (["net_units", "net_units"], []),
        (["net_units"], ["release__genre; drop table x"]),
        (["forecast_units"], ["buyer__kind"]),
    ],
)
def test_what_is_unknown_is_refused_with_what_there_is(
    layer: "MetricLayer", publications: Publications, metrics: list[str], group_by: list[str]
) -> None:
    from serving.metrics.layer import MetricError

    with pytest.raises(MetricError):
        layer.ask(publications.reader(), metrics, group_by)


def test_a_metric_whose_table_is_not_published_says_so(layer: "MetricLayer", tmp_path: Path) -> None:
    from serving.metrics.layer import MetricError

    with pytest.raises(MetricError, match="not published"):
        layer.ask(Publications(Lake(tmp_path / "empty")).reader(), ["net_units"])
