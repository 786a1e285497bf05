"""The semantic layer in this process: which metrics there are, and their values by dimensions and time.

MetricFlow turns names into SQL over the marts; a reader runs it, so the answer is of one published state and holds
nothing outside the reader's scope. Questions are names, days and a limit: nobody sends SQL.
"""

import datetime as dt
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.dbt.project import PROJECT_DIR
from serving.queries.reader import Reader, Row

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine

SEMANTIC_MANIFEST = PROJECT_DIR / "target" / "semantic_manifest.json"
GRAINS = ("day", "week", "month", "quarter", "year")
TIME = "metric_time"
MOST_ROWS = 10_000


class MetricError(ValueError):
    """A question that the semantic layer cannot answer, and why."""


@dataclass(frozen=True)
class Metric:
    """One metric, and what it can be grouped by."""

    name: str
    label: str
    description: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The values of metrics, the published state that they are of, and the SQL that made them."""

    columns: list[str]
    rows: list[Row]
    state: int
    sql: str


class MetricLayer:
    """The metrics of the dbt project.

    Args:
        manifest: the semantic manifest that dbt wrote.
    """

    def __init__(self, manifest: Path = SEMANTIC_MANIFEST) -> None:
        self._manifest = manifest
        self._lock = threading.Lock()  # an engine numbers its parts anew for each question

    @cached_property
    def _engine(self) -> "MetricFlowEngine":
        os.environ.setdefault("DO_NOT_TRACK", "1")
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        from serving.metrics.dialect import CompilingClient

        if not self._manifest.is_file():
            raise MetricError(f"{self._manifest.name} is not there yet: make manifest")
        found = parse_manifest_from_dbt_generated_manifest(self._manifest.read_text(encoding="utf-8"))
        return MetricFlowEngine(SemanticManifestLookup(found), CompilingClient())

    @cached_property
    def _metrics(self) -> dict[str, Metric]:
        found = {}
        for one in self._engine.list_metrics():
            names = sorted({dimension.dunder_name for dimension in one.dimensions})
            plain = [name for name in names if not name.startswith(f"{TIME}__")]
            times = [f"{TIME}__{grain}" for grain in GRAINS]
            label = getattr(one, "label", None) or one.name
            found[one.name] = Metric(one.name, label, one.description or "", (*times, *plain))
        return found

    def metrics(self) -> list[Metric]:
        """Every metric, by name."""
        with self._lock:
            return [self._metrics[name] for name in sorted(self._metrics)]

    def ask(
        self,
        reader: Reader,
        metrics: Sequence[str],
        group_by: Sequence[str] = (),
        *,
        since: dt.date | None = None,
        until: dt.date | None = None,
        limit: int = MOST_ROWS,
    ) -> Answer:
        """The values of metrics.

        Args:
            reader: whose published state and scope.
            metrics: names.
            group_by: dimensions that all of the metrics have, such as `metric_time__month` or `release__genre`.
            since: first day.
            until: last day.
            limit: at most so many rows.

        Raises:
            MetricError: a name is unknown, or the tables of a metric are not published for this reader.
        """
        import duckdb

        sql = self._compile(metrics, group_by, since, until, min(limit, MOST_ROWS))
        try:
            rows = reader.rows(sql)
        except duckdb.CatalogException:
            raise MetricError(f"{', '.join(metrics)}: the tables behind it are not published, or not for you") from None
        return Answer([*group_by, *metrics], rows, reader.state.number, sql)

    def _compile(
        self, metrics: Sequence[str], group_by: Sequence[str], since: dt.date | None, until: dt.date | None, limit: int
    ) -> str:
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        with self._lock:
            for name in metrics:
                if name not in self._metrics:
                    raise MetricError(f"{name}: no such metric; there are {', '.join(sorted(self._metrics))}")
                if missing := [one for one in group_by if one not in self._metrics[name].dimensions]:
                    raise MetricError(f"{name} cannot be grouped by {', '.join(missing)}; the catalogue lists by what")
            if not metrics or len(set(metrics)) < len(metrics) or len(set(group_by)) < len(group_by):
                raise MetricError("name at least one metric, and each name once")
            request = MetricFlowQueryRequest.create(
                metric_names=list(metrics),
                group_by_names=list(group_by) or None,
                time_constraint_start=None if since is None else _midnight(since),
                time_constraint_end=None if until is None else _midnight(until),
                order_by_names=list(group_by) or None,
                limit=limit,
            )
            return str(self._engine.explain(request).sql_statement.sql)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def as_value(value: Any) -> Any:
    """A value as JSON has it: a moment at midnight is its day."""
    return value.date() if isinstance(value, dt.datetime) and value.time() == dt.time() else value
