"""Metrics by name have the values that SQL over the same lines has, in the scope of who asks."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from serving.metrics.layer import MetricError
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
    with pytest.raises(MetricError):
        layer.ask(publications.reader(), metrics, group_by)


def test_a_metric_whose_table_is_not_published_says_so(layer: "MetricLayer", tmp_path: Path) -> None:
    with pytest.raises(MetricError, match="not published"):
        layer.ask(Publications(Lake(tmp_path / "empty")).reader(), ["net_units"])


def test_forecast_error_and_chart_points_are_those_of_their_tables(layer: "MetricLayer", tmp_path: Path) -> None:
    lake = serving_lake.build(tmp_path / "lake")
    days = [date(2025, 11, 30), date(2025, 12, 30), None]
    scores = [
        {
            "target": target,
            "horizon_days": horizon,
            "population": population,
            "origin": day,
            "model": model,
            "wape": wape,
        }
        for horizon in (30, 60)
        for target, population, model, add in (
            ("units", "active", "served", 0.0),
            ("units", "active", "mean_28", 5.0),
            ("units", "dormant", "served", 7.0),
            ("revenue", "active", "served", 9.0),
        )
        for day, wape in zip(days, (horizon / 100 + add, horizon / 50 + add, 99.0), strict=True)
    ]
    serving_lake.republish(lake, "gold/mart_forecast_accuracy", pa.Table.from_pylist(scores))
    places = [("R1", "chart_position", 1), ("R1", "chart_position", 100), ("R3", "chart_position", 40)]
    places += [("R3", "chart_position", 101), ("R1", "plays", 5)]
    signals = [
        {"entity_type": "release", "entity_id": key, "kind": kind, "source": "chart", "region": "US"}
        | {"signal_date": date(2026, 1, 1 + n), "value_min": float(place)}
        for n, (key, kind, place) in enumerate(places)
    ]
    signals.append(signals[0] | {"entity_type": "artist"})
    serving_lake.republish(lake, "gold/fct_signal_day", pa.Table.from_pylist(signals))
    reader = Publications(lake).reader()
    errors = layer.ask(reader, ["forecast_error"], ["score__horizon_days"]).rows
    assert [(one["score__horizon_days"], one["forecast_error"]) for one in errors] == [
        (30, pytest.approx((0.3 + 0.6) / 2)),
        (60, pytest.approx((0.6 + 1.2) / 2)),
    ]
    points = layer.ask(reader, ["chart_points"], ["release"]).rows
    assert {one["release"]: one["chart_points"] for one in points if one["release"]} == {"R1": 101, "R3": 61}


def test_the_margin_is_of_lines_whose_cost_is_known(layer: "MetricLayer", tmp_path: Path) -> None:
    lake = serving_lake.build(tmp_path / "lake")
    costs = {"R1": Decimal("6.5000"), "R2": Decimal("1.0000"), "R3": None, "R4": Decimal("2.0000")}
    releases = serving_lake.releases()
    costed = releases.append_column("unit_cost", pa.array(costs.values(), serving_lake.PRICE))
    currencies = pa.array(["EUR", "EUR", "EUR", "USD"])  # what costs dollars is not known in euros
    costed = costed.set_column(costed.column_names.index("currency"), "currency", currencies)
    with pytest.raises(MetricError, match="margin"):
        layer.ask(Publications(lake).reader(), ["margin"])
    serving_lake.republish(lake, "gold/dim_release", costed)
    (row,) = layer.ask(Publications(lake).reader(), ["margin", "margin_share", "costed_revenue"]).rows
    lines = [(units, Decimal(money)) for _, _, _, release, units, money, _ in serving_lake.LINES if release == "R1"]
    revenue = sum(money for _, money in lines)
    margin = revenue - sum(units for units, _ in lines) * Decimal("6.5")
    assert (row["margin"], row["costed_revenue"]) == (margin, revenue)
    assert row["margin_share"] == pytest.approx(float(margin / revenue))
