"""The Grafana dashboards: generated files are up to date, and each query is PromQL over metrics that exist."""

import json
import re
import runpy
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.needs import need_packages, need_program

pytestmark = pytest.mark.heavy
INFRA = Path(__file__).resolve().parents[3] / "infra"
GRAFANA = INFRA / "grafana"


def queries() -> dict[str, str]:
    """PromQL by dashboard, panel and legend."""
    found = {}
    for file in sorted((GRAFANA / "dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                found[f"{file.name}: {panel['title']}: {target['legendFormat']}"] = target["expr"]
    return found


def test_the_committed_dashboards_are_what_the_script_writes() -> None:
    made = runpy.run_path(str(GRAFANA / "make_dashboards.py"))["texts"]()
    assert made == {file.name: file.read_text() for file in (GRAFANA / "dashboards").iterdir()}


def test_promtool_reads_each_query(tmp_path: Path) -> None:
    promtool = need_program("promtool")
    rules = [{"record": f"query:{n}", "expr": expr} for n, expr in enumerate(queries().values())]
    assert len(rules) >= 15
    file = tmp_path / "queries.yml"
    for chosen, code in ((rules, 0), ([*rules, {"record": "query:wrong", "expr": "sum(rate(lacquer_runs))"}], 1)):
        file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": chosen}]}))
        done = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr


def test_dashboards_and_alerts_name_metrics_and_labels_that_the_server_exposes() -> None:
    need_packages("prometheus_client", target="serve-tools")
    from serving.api.metrics import REGISTRY
    from serving.queries.operation import FIGURES

    labels = {figure.name: set(figure.labels) for figure in FIGURES}
    for family in REGISTRY.collect():
        extra = {"_total": (), "_bucket": ("le",)} if family.type != "gauge" else {"": ()}
        labels |= {f"{family.name}{end}": set(more) for end, more in extra.items()}
    labels["lacquer_http_requests_total"] = {"method", "route", "status"}
    labels["lacquer_http_request_seconds_bucket"] = {"route", "le"}
    rules = yaml.safe_load((INFRA / "prometheus" / "rules.yml").read_text())["groups"][0]["rules"]
    for name, expr in {**queries(), **{one.get("alert", "record"): one["expr"] for one in rules}}.items():
        used = set(re.findall(r"\blacquer_\w+", expr))
        assert used <= labels.keys(), name
        known = set().union(*(labels[one] for one in used))
        grouped = {one.strip() for found in re.findall(r"by \(([^)]*)\)", expr) for one in found.split(",")}
        legend = set(re.findall(r"{{(\w+)}}", name))
        assert (grouped | legend) <= known, name


def test_provisioning_names_the_source_and_the_folder_that_compose_mounts() -> None:
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yaml").read_text())["datasources"][0]
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/lacquer.yaml").read_text())["providers"][0]
    compose = (INFRA / "compose" / "compose.yaml").read_text()
    assert f"../grafana/dashboards:{provider['options']['path']}:ro" in compose
    assert "../grafana/provisioning:/etc/grafana/provisioning:ro" in compose
    for file in (GRAFANA / "dashboards").iterdir():
        assert {panel["datasource"]["uid"] for panel in json.loads(file.read_text())["panels"]} == {source["uid"]}
