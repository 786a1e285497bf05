"""Metrics by name: the catalogue, and their values by dimensions and time."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from serving.api.access import Published, Services_
from serving.api.problems import refuse
from serving.metrics.layer import MOST_ROWS, MetricError, as_value

router = APIRouter(tags=["metrics"])
Name = Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9_]+$")]


class CataloguedMetric(BaseModel):
    """A metric, and what it can be grouped by."""

    name: str
    label: str
    description: str
    dimensions: list[str]


class MetricQuestion(BaseModel):
    """Which metrics, by what, over which days."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"metrics": ["net_revenue"], "group_by": ["metric_time__month"]}},
    )

    metrics: list[Name] = Field(min_length=1, max_length=10)
    group_by: list[Name] = Field(default=[], max_length=5)
    since: dt.date | None = Field(None, ge=dt.date(1990, 1, 1), le=dt.date(2200, 1, 1))
    until: dt.date | None = Field(None, ge=dt.date(1990, 1, 1), le=dt.date(2200, 1, 1))
    limit: int = Field(1000, ge=1, le=MOST_ROWS)


class MetricAnswer(BaseModel):
    """The values, the published state that they are of, and the SQL that made them."""

    columns: list[str]
    rows: list[dict[str, Any]]
    published_state: int
    sql: str


@router.get("/metrics-catalogue")
def catalogue(
    services: Services_, published: Published, q: Annotated[str, Query(max_length=100)] = ""
) -> list[CataloguedMetric]:
    """Every metric that can be asked by name."""
    words = q.lower()
    try:
        found = services.metric_layer.metrics()
    except MetricError as error:
        raise refuse(503, str(error)) from None
    shown = [one for one in found if words in f"{one.name} {one.label} {one.description}".lower()]
    return [CataloguedMetric(**{**vars(one), "dimensions": list(one.dimensions)}) for one in shown]


@router.post("/metrics/query")
def ask(services: Services_, published: Published, body: MetricQuestion) -> MetricAnswer:
    """The values of metrics by dimensions and time: the same numbers as on the dashboard and in reports."""
    try:
        answer = services.metric_layer.ask(
            published, body.metrics, body.group_by, since=body.since, until=body.until, limit=body.limit
        )
    except MetricError as error:
        raise refuse(422, str(error)) from None
    rows = [{name: as_value(value) for name, value in row.items()} for row in answer.rows]
    return MetricAnswer(columns=answer.columns, rows=rows, published_state=answer.state, sql=answer.sql)
