"""The semantic layer in this process: which metrics there are, and their values by dimensions and time.

MetricFlow turns names into SQL over the marts; a reader runs it, so the answer is of one published state and holds
nothing outside the reader's scope. Questions are names, days and a limit: nobody sends SQL.
"""

import datetime as dt
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.delta.views import literal
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

    def has(self, name: str) -> bool:
        """Whether the metric can be grouped or filtered by a dimension, or an entity of one."""
        entities = {one.split("__")[0] for one in self.dimensions if not one.startswith(f"{TIME}__")}
        return name in self.dimensions or name in entities


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
        where: Mapping[str, Sequence[str]] | None = None,
        order_by: Sequence[str] = (),
    ) -> Answer:
        """The values of metrics.

        Args:
            reader: whose published state and scope.
            metrics: names.
            group_by: dimensions that all of the metrics have, such as `metric_time__month` or `release__genre`, or
                entities, such as `release`.
            since: first day.
            until: last day.
            limit: at most so many rows.
            where: values that a dimension or entity may have, by its name.
            order_by: names of the answer's columns, with a minus for the largest first; default: `group_by`.

        Raises:
            MetricError: a name is unknown, or the tables of a metric are not published for this reader.
        """
        import duckdb

        sql = self._compile(metrics, group_by, since, until, min(limit, MOST_ROWS), where or {}, order_by)
        try:
            rows = reader.rows(sql)
        except (duckdb.CatalogException, duckdb.BinderException):  # a table, or a column of an older lake
            raise MetricError(f"{', '.join(metrics)}: the tables behind it are not published, or not for you") from None
        return Answer([*group_by, *metrics], rows, reader.state.number, sql)

    def _compile(
        self,
        metrics: Sequence[str],
        group_by: Sequence[str],
        since: dt.date | None,
        until: dt.date | None,
        limit: int,
        where: Mapping[str, Sequence[str]],
        order_by: Sequence[str],
    ) -> str:
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        with self._lock:
            self._check(metrics, group_by, where)
            request = MetricFlowQueryRequest.create(
                metric_names=list(metrics),
                group_by_names=list(group_by) or None,
                time_constraint_start=None if since is None else _midnight(since),
                time_constraint_end=None if until is None else _midnight(until),
                where_constraints=[_condition(name, values) for name, values in where.items()] or None,
                order_by_names=list(order_by or group_by) or None,
                limit=limit,
            )
            return str(self._engine.explain(request).sql_statement.sql)

    def _check(self, metrics: Sequence[str], group_by: Sequence[str], where: Mapping[str, Sequence[str]]) -> None:
        for name in metrics:
            if name not in self._metrics:
                raise MetricError(f"{name}: no such metric; there are {', '.join(sorted(self._metrics))}")
            for names, what in ((group_by, "grouped"), (where, "filtered")):
                if missing := [one for one in names if not self._metrics[name].has(one)]:
                    raise MetricError(f"{name} cannot be {what} by {', '.join(missing)}; the catalogue lists by what")
        if not metrics or len(set(metrics)) < len(metrics) or len(set(group_by)) < len(group_by):
            raise MetricError("name at least one metric, and each name once")


def _condition(name: str, values: Sequence[str]) -> str:
    """A condition as MetricFlow takes it: a template, so that no brace of a value may reach it."""
    listed = ", ".join(literal(value).replace("{", "' || chr(123) || '") for value in values)
    kind = "Dimension" if "__" in name else "Entity"
    return f"{{{{ {kind}('{name}') }}}} in ({listed or 'null'})"


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def as_value(value: Any) -> Any:
    """A value as JSON has it: a moment at midnight is its day."""
    return value.date() if isinstance(value, dt.datetime) and value.time() == dt.time() else value
