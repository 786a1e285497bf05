"""Metrics by name: the catalogue, and their values by dimensions and time."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, Services_, allowed, services_of
from serving.api.problems import refuse
from serving.exports.answers import answer_file
from serving.exports.tables import MEDIA_TYPES, Form
from serving.metrics.layer import MOST_ROWS, Answer, MetricError, as_value
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.api.services import Services

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
    where: dict[Name, list[Annotated[str, Field(max_length=200)]]] = Field(
        default={}, max_length=5, description="values that a dimension may have"
    )
    order_by: list[Annotated[str, Field(max_length=101, pattern=r"^-?[a-z0-9_]+$")]] = Field(
        default=[], max_length=5, description="columns; with a minus the largest first"
    )
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
    answer = answered(services, published, body)
    return MetricAnswer(columns=answer.columns, rows=answer.rows, published_state=answer.state, sql=answer.sql)


@router.post("/metrics/export", response_class=Response)
def export(
    request: Request,
    published: Published,
    body: MetricQuestion,
    who: Annotated[Identity, Depends(allowed("export"))],
    form: Annotated[Form, Query(alias="format")] = "csv",
) -> Response:
    """The values of metrics as a file."""
    return metrics_file(services_of(request), who, published, body, form)


def answered(services: "Services", reader: Reader, body: MetricQuestion) -> Answer:
    """The answer to a question, its moments at midnight as days."""
    names = {one.removeprefix("-") for one in body.order_by}
    if unknown := sorted(names - {*body.metrics, *body.group_by}):
        raise refuse(422, f"order_by: {', '.join(unknown)} is no column of this question")
    try:
        found = services.metric_layer.ask(
            reader,
            body.metrics,
            body.group_by,
            since=body.since,
            until=body.until,
            limit=body.limit,
            where=body.where,
            order_by=body.order_by,
        )
    except MetricError as error:
        raise refuse(422, str(error)) from None
    rows = [{name: as_value(value) for name, value in row.items()} for row in found.rows]
    return Answer(found.columns, rows, found.state, found.sql)


def metrics_file(services: "Services", who: Identity, reader: Reader, body: MetricQuestion, form: Form) -> Response:
    """The answer that carries values of metrics as a file."""
    found = answered(services, reader, body)
    with services.database.write() as con:
        record(con, who.name, "exported", "metrics", f"{form}: {', '.join(found.columns)}")
    headers = {"Content-Disposition": f'attachment; filename="report.{form}"', "Cache-Control": "no-store"}
    return Response(answer_file(found.columns, found.rows, form), media_type=MEDIA_TYPES[form], headers=headers)
