"""The bundle for Superset asks only for columns and metrics that the tables of a lake have."""

import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from assets.dictionary import entries
from lake.delta.views import quoted
from lake.types import duckdb_type
from resources.dbt.project import load_manifest
from resources.superset.bundle import write_bundle
from resources.superset.dashboards import DASHBOARDS


@pytest.fixture(scope="module")
def gold() -> duckdb.DuckDBPyConnection:
    """Every table of gold, empty, as contracts and dbt's YAML declare them."""
    con = duckdb.connect()
    for table in entries(load_manifest()):
        if table.layer == "gold":
            kinds = [f.type if table.made_by == "dbt" else duckdb_type(f.type) for f in table.fields]
            columns = [f"{quoted(f.name)} {kind}" for f, kind in zip(table.fields, kinds, strict=True)]
            con.execute(f"create table {table.name} ({', '.join(columns)})")
    return con


@pytest.fixture
def files(gold: duckdb.DuckDBPyConnection, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What the bundle holds, by path."""
    return read(written(gold, tmp_path / "a.zip"))


def written(gold: duckdb.DuckDBPyConnection, out: Path) -> Path:
    def described(query: str) -> dict[str, str]:
        return {row[0]: row[1] for row in gold.execute(f"describe {query}").fetchall()}

    counts = write_bundle(out, "duckdb:////srv/gold.duckdb?access_mode=read_only", described)
    assert counts == {"databases": 1, "datasets": 6, "charts": 27, "dashboards": 5}
    return out


def read(bundle: Path) -> dict[str, dict[str, Any]]:
    with zipfile.ZipFile(bundle) as opened:
        return {name.removeprefix("lacquer/"): yaml.safe_load(opened.read(name)) for name in opened.namelist()}


def test_the_same_tables_give_the_same_bytes(gold: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert written(gold, tmp_path / "a.zip").read_bytes() == written(gold, tmp_path / "b.zip").read_bytes()


def test_every_chart_runs_on_its_dataset(gold: duckdb.DuckDBPyConnection, files: dict[str, dict[str, Any]]) -> None:
    sets = {one["uuid"]: one for name, one in files.items() if name.startswith("datasets/")}
    charts = [one for name, one in files.items() if name.startswith("charts/")]
    for chart in charts:
        dataset = sets[chart["dataset_uuid"]]
        sql = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
        query = json.loads(chart["query_context"])["queries"][0]
        grouped = [one if isinstance(one, str) else one["sqlExpression"] for one in query["columns"]]
        wanted = ", ".join([*grouped, *(f"{sql[name]} as {name}" for name in query["metrics"])])
        where = " and ".join(f"{one['col']} is not null" for one in query["filters"]) or "true"
        by = f"group by {', '.join(grouped)}" if grouped else ""
        gold.execute(f"select {wanted} from ({dataset['sql']}) where {where} {by}")
        assert {column["column_name"] for column in dataset["columns"]} >= {*grouped}
    assert len({chart["uuid"] for chart in charts}) == len(charts)


def test_metrics_are_those_of_the_semantic_layer(files: dict[str, dict[str, Any]]) -> None:
    metrics = {one["metric_name"]: one["expression"] for one in files["datasets/gold/sales.yaml"]["metrics"]}
    assert metrics["net_revenue"] == "sum(if(is_product, house_revenue, null))"
    assert metrics["orders"] == "count(distinct if(is_product and not is_return, order_id, null))"
    returned, sold = metrics["returned_units"], metrics["gross_units"]
    assert metrics["return_rate"] == f"cast({returned} as double) / cast(nullif({sold}, 0) as double)"


def test_dashboards_place_each_of_their_charts_once(files: dict[str, dict[str, Any]]) -> None:
    for dashboard in DASHBOARDS:
        position = files[f"dashboards/{dashboard.slug}.yaml"]["position"]
        placed = [one["meta"]["sliceName"] for name, one in position.items() if name.startswith("CHART-")]
        assert placed == [chart.title for row in dashboard.rows for chart in row]
        for row in dashboard.rows:
            assert 12 % len(row) == 0


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    con = duckdb.connect()

    def described(query: str) -> dict[str, str]:
        return {row[0]: row[1] for row in con.execute(f"describe {query}").fetchall()}

    with pytest.raises(duckdb.CatalogException, match="fct_order_line"):
        write_bundle(tmp_path / "a.zip", "duckdb://", described)
