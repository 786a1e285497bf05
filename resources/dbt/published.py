"""Gold's tests on what readers see: a build in which every model stands still, so that dbt only tests.

Nothing is pinned and nothing written. Belongs here: what a check needs of gold. Builds are :mod:`lake.gold.build`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from lake.gold.build import GoldBuild
from lake.gold.due import Due, due
from lake.gold.models import Manifest, delta_models
from lake.gold.plan import Step
from lake.lakehouse import Lake

if TYPE_CHECKING:
    from lake.delta.sessions import Session


@dataclass(frozen=True)
class ReadOnly:
    """Versions as a session shows them, without pins."""

    versions: Mapping[str, int]


class PublishedGold(GoldBuild):
    """Gold's tables at the given versions, of which ``names`` are tested."""

    def __init__(self, lake: Lake, versions: Mapping[str, int], manifest: Manifest) -> None:
        self.lake, self.manifest = lake, manifest
        self.session = cast("Session", ReadOnly(versions))
        self._models = {model.name: model for model in delta_models(manifest)}
        self.names = [name for name, model in self._models.items() if model.key in versions]
        self.steps = {name: Step("skip", "only tested") for name in self.names}
        self.written = {}

    def due(self, *, unit_tests: bool = False) -> Due:
        """Every test, whatever has passed before, and no model."""
        return due(self.manifest, self.names, self._still(), unit_tests=unit_tests)


@dataclass(frozen=True)
class TestResult:
    """What one test of a gold table said."""

    __test__ = False  # pytest would take it for a test

    table: str
    test: str
    passed: bool
    is_warning: bool
    words: str


def run_tests(lake: Lake, versions: Mapping[str, int], manifest: Manifest) -> list[TestResult]:
    """Run the tests of every gold table among the versions, by table and test."""
    from resources.dbt.runner import build

    gold = PublishedGold(lake, versions, manifest)
    if not gold.names:
        return []
    events: list[Mapping[str, Any]] = []
    build(gold, gold.due(), on_event=events.append)
    results = []
    for event in events:
        data = event.get("data", {})
        node = manifest["nodes"].get(data.get("node_info", {}).get("unique_id", ""))
        if node is not None and node["resource_type"] == "test":
            results.append(_result(manifest, node, data))
    return sorted(results, key=lambda result: (result.table, result.test))


def _result(manifest: Manifest, node: Mapping[str, Any], data: Mapping[str, Any]) -> TestResult:
    named = node["config"].get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
    about = node.get("attached_node") or next(uid for uid in node["depends_on"]["nodes"] if uid in manifest["nodes"])
    status = str(data["status"])
    failures = int(data.get("num_failures", 0))
    words = f"{failures} rows fail ({node['original_file_path']})" if failures else status
    return TestResult(
        table=f"gold/{named or manifest['nodes'][about]['name']}",
        test=node["name"],
        passed=status in ("pass", "warn"),
        is_warning=status == "warn",
        words=words,
    )
