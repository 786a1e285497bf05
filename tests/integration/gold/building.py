"""Builds gold as a run does, and reads what came out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lake.gold.build import GoldBuild
from lake.gold.fiscal import CALENDAR_YEAR, FiscalCalendar
from lake.gold.models import delta_models
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from resources.dbt.runner import build

FACTS = ("fct_order_line", "int_cancelled_order", "fct_sales_day", "mart_sales_overview")


def build_gold(
    lake: Lake,
    run_id: str,
    names: Iterable[str] | None = None,
    *,
    unit_tests: bool = False,
    calendar: FiscalCalendar = CALENDAR_YEAR,
) -> GoldBuild:
    """Build the named models, or all, in a session; raises when a model or a test fails."""
    manifest = load_manifest()
    chosen = list(names) if names is not None else [model.name for model in delta_models(manifest)]
    gold = GoldBuild(lake, lake.session(run_id), manifest, chosen, calendar=calendar)
    due = gold.due(unit_tests=unit_tests)
    outcome = build(gold, due)
    assert set(outcome.passed) <= due.tests, "dbt has run tests that nobody asked for"
    gold.note_passed(outcome.passed)
    outcome.raise_for_failures()
    return gold


def rows(lake: Lake, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Rows of a gold table at its newest version, in an order of their own."""
    key = f"gold/{name}"
    return lake.connect({key: lake.versions()[key]}).sql(f"select {columns} from gold.{name} order by all").fetchall()


def gold_versions(lake: Lake) -> dict[str, int]:
    """The newest version of each gold table."""
    return {key: version for key, version in lake.versions().items() if key.startswith("gold/")}
