"""Write the Grafana dashboards of this folder: `python infra/grafana/make_dashboards.py`.

A dashboard is a list of panels, a panel is a title, a unit and PromQL. The metrics are those of
`serving/api/metrics.py` and `serving/queries/operation.py`. A test checks each query with promtool and that the
committed files are up to date.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "lacquer"}
COLUMNS, WIDTH, HEIGHT = 2, 12, 8
REQUEST_RATE = "sum(rate(lacquer_http_requests_total[5m]))"
BUCKETS = "rate(lacquer_http_request_seconds_bucket[5m])"


@dataclass(frozen=True)
class Panel:
    """One chart.

    Attributes:
        title: above the chart.
        unit: Grafana's name of the unit of the values.
        queries: PromQL by legend.
        limit: values above it are drawn red; None: no limit.
    """

    title: str
    unit: str
    queries: dict[str, str]
    limit: float | None = None


REQUESTS = (
    Panel("Requests per second", "reqps", {"{{route}}": "sum by (route) (rate(lacquer_http_requests_total[5m]))"}),
    Panel(
        "Failed requests",
        "percentunit",
        {
            "5xx": f'sum(rate(lacquer_http_requests_total{{status=~"5.."}}[5m])) / {REQUEST_RATE}',
            "4xx": f'sum(rate(lacquer_http_requests_total{{status=~"4.."}}[5m])) / {REQUEST_RATE}',
        },
        0.01,
    ),
    Panel(
        "Time per request",
        "s",
        {f"p{share * 100:.0f}": f"histogram_quantile({share}, sum by (le) ({BUCKETS}))" for share in (0.5, 0.95, 0.99)},
        0.2,
    ),
    Panel(
        "Slowest routes, p95",
        "s",
        {"{{route}}": f"topk(5, histogram_quantile(0.95, sum by (le, route) ({BUCKETS})))"},
        0.2,
    ),
)
RUNS = (
    Panel("Runs of the last day", "short", {"{{status}}": "sum by (status) (delta(lacquer_runs[1d]))"}),
    Panel("Time of the last run", "s", {"last run": "max(lacquer_last_run_seconds)"}),
    Panel("Age of the newest publication", "s", {"age": "time() - max(lacquer_published_at_seconds)"}, 26 * 3600),
    Panel(
        "Age of the newest data",
        "s",
        {"{{data}}": "time() - max by (data) (lacquer_newest_day_seconds)"},
        3 * 86400,
    ),
    Panel("Rows of the largest tables", "short", {"{{table}}": "topk(10, max by (table) (lacquer_table_rows))"}),
    Panel("Dead letters", "short", {"{{table}} {{rule}}": "max by (table, rule) (lacquer_dead_letters)"}),
)
MODELS = (
    Panel(
        "Live loss and its limit",
        "none",
        {
            "{{model}} {{role}}": "max by (model, role) (lacquer_live_loss)",
            "limit of {{model}} {{role}}": "max by (model, role) (lacquer_live_loss_limit)",
        },
    ),
    Panel(
        "Outcomes at or below P90",
        "percentunit",
        {"{{model}} {{role}}": "max by (model, role) (lacquer_live_coverage)"},
    ),
    Panel(
        "WAPE of the backtest",
        "percentunit",
        {"{{target}}, {{horizon_days}} days": "max by (target, horizon_days) (lacquer_forecast_wape)"},
    ),
    Panel(
        "Bias of the backtest",
        "percentunit",
        {"{{target}}, {{horizon_days}} days": "max by (target, horizon_days) (lacquer_forecast_bias)"},
    ),
    Panel(
        "Features that drift most, PSI",
        "none",
        {"{{model}} {{feature}}": "topk(10, max by (model, feature) (lacquer_feature_drift_psi))"},
        0.25,
    ),
)
DASHBOARDS = {"requests": ("Requests", REQUESTS), "runs": ("Runs and data", RUNS), "models": ("Models", MODELS)}


def panel(place: int, one: Panel) -> dict[str, Any]:
    """A panel as Grafana reads it, at its place in the grid."""
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if one.limit is not None:
        steps.append({"color": "red", "value": one.limit})
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": one.title,
        "datasource": SOURCE,
        "gridPos": {"x": place % COLUMNS * WIDTH, "y": place // COLUMNS * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {
            "defaults": {"unit": one.unit, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull"]}},
        "targets": [
            {"refId": chr(ord("A") + n), "datasource": SOURCE, "expr": expr, "legendFormat": legend}
            for n, (legend, expr) in enumerate(one.queries.items())
        ],
    }


def dashboard(uid: str, title: str, panels: tuple[Panel, ...]) -> dict[str, Any]:
    """A dashboard as Grafana reads it."""
    return {
        "uid": f"lacquer-{uid}",
        "title": f"Lacquer: {title}",
        "tags": ["lacquer"],
        "timezone": "utc",
        "editable": False,
        "schemaVersion": 41,
        "refresh": "30s",
        "time": {"from": "now-24h", "to": "now"},
        "panels": [panel(place, one) for place, one in enumerate(panels)],
    }


def texts() -> dict[str, str]:
    """The content of each file by its name."""
    made = {f"{uid}.json": dashboard(uid, title, panels) for uid, (title, panels) in DASHBOARDS.items()}
    return {name: json.dumps(content, indent=2) + "\n" for name, content in made.items()}


if __name__ == "__main__":
    for name, text in texts().items():
        (FOLDER / name).write_text(text)
