"""What a question becomes: a typed plan, which can be stored, checked and run again."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

# Name of a field in a plan -> its name in the semantic layer.
FIELDS = {
    "release": "release",
    "artist": "release__artist_name",
    "label": "release__label_name",
    "genre": "release__genre",
    "format": "release__format",
    "country": "order_line__country",
    "buyer": "buyer",
    "buyer_kind": "buyer__kind",
}
GRAINS = ("day", "week", "month", "quarter", "year")
FieldName = Literal["release", "artist", "label", "genre", "format", "country", "buyer", "buyer_kind"]
Grouping = Literal[
    "release", "artist", "label", "genre", "format", "country", "buyer", "buyer_kind",
    "day", "week", "month", "quarter", "year",
]  # fmt: skip
Tool = Literal[
    "forecast", "explain", "similar", "compare", "alerts", "decisions", "accuracy", "buyers_for", "what_changed",
    "data_quality", "documents",
]  # fmt: skip
ActionName = Literal["acknowledge", "snooze", "override", "apply_price", "order_report", "request_stem"]
ReasonOfRefusal = Literal[
    "unknown_words", "unknown_name", "ambiguous", "not_measured", "period", "forbidden", "incomplete", "not_published"
]


class Part(BaseModel):
    """A part of a plan: no field beside those declared, nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Period(Part):
    """Days from `since` to `until`, both included."""

    since: dt.date
    until: dt.date

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.since > self.until:
            raise ValueError(f"the period ends on {self.until}, before it begins on {self.since}")
        return self

    def __str__(self) -> str:
        return f"{self.since} to {self.until}"


class Condition(Part):
    """Values that a field may have; ids for releases and buyers, names for the others."""

    field: FieldName
    values: tuple[str, ...] = Field(min_length=1, max_length=20)


class MetricQuery(Part):
    """Values of metrics, by fields and time, for some of the data."""

    kind: Literal["metric"] = "metric"
    metrics: tuple[str, ...] = Field(min_length=1, max_length=3)
    group_by: tuple[Grouping, ...] = Field((), max_length=2)
    conditions: tuple[Condition, ...] = ()
    period: Period | None = Field(None, description="null: all published days")
    versus: Period | None = Field(None, description="an earlier period to compare with")
    order: Literal["name", "largest", "smallest"] = "name"
    limit: int = Field(50, ge=1, le=500)


class ToolCall(Part):
    """A call of one tool; arguments that a tool does not have must be left out."""

    kind: Literal["tool"] = "tool"
    tool: Tool
    release_id: str | None = None
    other_id: str | None = Field(None, description="of compare: the release to compare with")
    horizon_days: Literal[30, 60, 90] | None = None
    priority: Literal["critical", "high", "medium", "low"] | None = None
    period: Period | None = None
    versus: Period | None = None
    query: str | None = Field(None, max_length=500, description="of documents: a question about meaning, how or why")
    limit: int = Field(10, ge=1, le=50)


class Action(Part):
    """Something to do once a person confirms it; arguments that an action does not have must be left out."""

    kind: Literal["action"] = "action"
    action: ActionName
    alert_id: str | None = Field(None, max_length=40)
    release_id: str | None = Field(None, max_length=100)
    track_id: str | None = Field(None, max_length=100)
    horizon_days: int | None = Field(None, ge=1, le=366)
    units: float | None = Field(None, ge=0, le=1e9, allow_inf_nan=False)
    until: dt.date | None = None
    strategy: Literal["competitive", "value", "margin", "dynamic"] | None = None
    names: tuple[Annotated[str, Field(max_length=40)], ...] = Field((), max_length=6, description="stems")
    language: Literal["en", "de"] = Field("en", description="of what is shown before and after")
    why: str = Field(min_length=1, max_length=500)


class Refusal(Part):
    """Why a question is not answered, and what can be."""

    kind: Literal["refusal"] = "refusal"
    reason: ReasonOfRefusal
    message: str
    suggestions: tuple[str, ...] = ()


Plan = Annotated[MetricQuery | ToolCall | Action | Refusal, Field(discriminator="kind")]
PLAN: TypeAdapter[MetricQuery | ToolCall | Action | Refusal] = TypeAdapter(Plan)


class RefusedError(Exception):
    """Raised where a plan cannot be made or run; carries the refusal."""

    def __init__(self, reason: ReasonOfRefusal, message: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.refusal = Refusal(reason=reason, message=message, suggestions=suggestions)
