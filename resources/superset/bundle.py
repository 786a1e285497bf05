"""The bundle that Superset imports: one zip of YAML files with the database, datasets, charts and dashboards.

Ids are made from names, so that a second import updates what the first one made.
"""

from __future__ import annotations

import json
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resources.superset.dashboards import BAR, DASHBOARDS, LINE, NUMBER, PIE, PRESENT, TABLE, Chart, Dashboard
from resources.superset.datasets import Dataset, Described, datasets

DATABASE = "Lacquer gold"
VERSION = "1.0.0"
MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can state: the same tables give the same bytes


def write_bundle(out: Path, uri: str, described: Described) -> dict[str, int]:
    """Write the zip; the number of files of each kind.

    Args:
        out: the zip.
        uri: SQLAlchemy address of gold, of a DuckDB file or Trino.
        described: the columns and types of a query over gold.
    """
    files = dict(_files(uri, datasets(described), described))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(zipfile.ZipInfo(f"lacquer/{name}", MOMENT), _yaml(content))
    kinds = [name.split("/")[0] for name in files if "/" in name]
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def _files(uri: str, asked: tuple[Dataset, ...], described: Described) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "metadata.yaml", {"version": VERSION, "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"}
    yield "databases/gold.yaml", _database(uri)
    for one in asked:
        yield f"datasets/gold/{one.name}.yaml", _dataset(one, described(one.sql))
    for dashboard in DASHBOARDS:
        for chart in _charts(dashboard):
            yield f"charts/{_slug(chart.title)}.yaml", _chart(chart)
        yield f"dashboards/{dashboard.slug}.yaml", _dashboard(dashboard)


def _yaml(content: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _id(*names: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, ":".join(("lacquer", *names))))


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def _charts(dashboard: Dashboard) -> list[Chart]:
    return [chart for row in dashboard.rows for chart in row]


def _database(uri: str) -> dict[str, Any]:
    return {
        "database_name": DATABASE, "sqlalchemy_uri": uri, "cache_timeout": 0, "expose_in_sqllab": True,
        "allow_run_async": False, "allow_ctas": False, "allow_cvas": False, "allow_dml": False,
        "extra": {"allows_virtual_table_explore": True}, "uuid": _id("database"), "version": VERSION,
    }  # fmt: skip


def _dataset(one: Dataset, columns: Mapping[str, str]) -> dict[str, Any]:
    moments = ("DATE", "TIMESTAMP")
    return {
        "table_name": one.name, "main_dttm_col": one.day, "description": one.description, "schema": None,
        "catalog": None, "sql": one.sql, "uuid": _id("dataset", one.name), "database_uuid": _id("database"),
        "version": VERSION,
        "metrics": [{"metric_name": metric.name, "verbose_name": metric.label, "description": metric.description,
                     "expression": metric.sql} for metric in one.metrics],
        "columns": [{"column_name": name, "type": kind, "is_dttm": kind.startswith(moments), "is_active": True,
                     "groupby": True, "filterable": True} for name, kind in columns.items()],
    }  # fmt: skip


def _filters(chart: Chart) -> list[tuple[str, str, str | int | bool | None]]:
    def operator(value: str | int | bool | None) -> str:
        return "IS NULL" if value is None else PRESENT if value is PRESENT else "=="

    found = [(column, operator(value), value) for column, value in chart.where]
    return [(column, name, value if name == "==" else None) for column, name, value in found]


def _chart(chart: Chart) -> dict[str, Any]:
    params = _form(chart)
    return {
        "slice_name": chart.title, "viz_type": chart.kind, "params": params, "cache_timeout": 0,
        "query_context": json.dumps(_context(chart, params)), "uuid": _id("chart", chart.title),
        "dataset_uuid": _id("dataset", chart.dataset), "version": VERSION,
    }  # fmt: skip


def _form(chart: Chart) -> dict[str, Any]:
    """What Superset's editor of the chart shows."""
    filters = [
        {"expressionType": "SIMPLE", "clause": "WHERE", "subject": column, "operator": operator, "comparator": value}
        for column, operator, value in _filters(chart)
    ]
    form: dict[str, Any] = {
        "viz_type": chart.kind,
        "adhoc_filters": filters,
        "row_limit": chart.limit,
        "groupby": list(chart.by),
    }
    if chart.kind in (BAR, LINE):
        form |= {"x_axis": chart.day, "time_grain_sqla": chart.grain, "metrics": list(chart.metrics)}
        form |= {"show_legend": bool(chart.by), "rich_tooltip": True, "y_axis_format": chart.text}
        form |= {"stack": "Stack" if chart.kind == BAR else None, "markerEnabled": chart.kind == LINE}
    elif chart.kind == PIE:
        form |= {"metric": chart.metrics[0], "donut": True, "show_legend": True, "label_type": "key_percent"}
    elif chart.kind == NUMBER:
        form |= {"metric": chart.metrics[0], "y_axis_format": chart.text}
    elif chart.kind == TABLE:
        form |= {"query_mode": "aggregate", "metrics": list(chart.metrics), "order_desc": True}
    return form


def _context(chart: Chart, form: Mapping[str, Any]) -> dict[str, Any]:
    """The query that the API, reports and alerts of Superset ask."""
    along: list[Any] = []
    if chart.day:
        along.append({"columnType": "BASE_AXIS", "expressionType": "SQL", "sqlExpression": chart.day,
                      "label": chart.day, "timeGrain": chart.grain})  # fmt: skip
    filters: list[dict[str, Any]] = [
        {"col": column, "op": operator, **({"val": value} if operator == "==" else {})}
        for column, operator, value in _filters(chart)
    ]
    query = {
        "columns": [*along, *chart.by], "metrics": list(chart.metrics), "filters": filters, "row_limit": chart.limit,
        "orderby": [[chart.metrics[0], False]], "extras": {}, "is_timeseries": False,
    }  # fmt: skip
    source = {"id": 0, "type": "table"}  # the import puts the dataset's number here
    form_data = dict(form)
    return {"datasource": source, "force": False, "queries": [query], "form_data": form_data,
            "result_format": "json", "result_type": "full"}  # fmt: skip


def _dashboard(dashboard: Dashboard) -> dict[str, Any]:
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "parents": ["ROOT_ID"],
                    "children": [f"ROW-{number}" for number in range(len(dashboard.rows))]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }  # fmt: skip
    for number, row in enumerate(dashboard.rows):
        name = f"ROW-{number}"
        names = {f"CHART-{_slug(chart.title)}": chart for chart in row}
        position[name] = {"type": "ROW", "id": name, "children": list(names), "parents": ["ROOT_ID", "GRID_ID"],
                          "meta": {"background": "BACKGROUND_TRANSPARENT"}}  # fmt: skip
        for key, chart in names.items():
            small = all(one.kind == NUMBER for one in row)
            meta = {"chartId": 0, "uuid": _id("chart", chart.title), "sliceName": chart.title,
                    "width": 12 // len(row), "height": 20 if small else 50}  # fmt: skip
            position[key] = {"type": "CHART", "id": key, "children": [], "parents": ["ROOT_ID", "GRID_ID", name],
                             "meta": meta}  # fmt: skip
    return {"dashboard_title": dashboard.title, "slug": dashboard.slug, "published": True, "css": "", "metadata": {},
            "position": position, "uuid": _id("dashboard", dashboard.slug), "version": VERSION}  # fmt: skip
