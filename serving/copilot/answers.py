"""What a question is answered by: facts with where they come from, rows, or a refusal."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer

from serving.copilot.plan import Plan, Refusal

Number = Decimal | float | int


def _as_json(value: Any) -> Any:
    """A value for JSON: money as a number."""
    return float(value) if isinstance(value, Decimal) else value


JsonNumber = Annotated[Number | None, PlainSerializer(_as_json, when_used="json-unless-none")]
JsonRow = dict[str, Annotated[Any, PlainSerializer(_as_json, when_used="json-unless-none")]]


class Fact(BaseModel):
    """One number with all that is needed to find it again."""

    model_config = ConfigDict(frozen=True)

    metric: str
    label: str
    value: JsonNumber
    unit: str
    of: dict[str, str]
    conditions: dict[str, list[str]]
    since: dt.date | None
    until: dt.date | None
    published_state: int


class Passage(BaseModel):
    """A section of the documentation, quoted as it stands."""

    model_config = ConfigDict(frozen=True)

    path: str
    heading: str
    text: str


class Proposal(BaseModel):
    """An action that is done once it is confirmed.

    Attributes:
        permission: that it needs.
        says: each thing that will happen.
        confirmation: to send back; it works once. Empty where nobody was offered to confirm.
        ends_at: until when it works.
    """

    model_config = ConfigDict(frozen=True)

    permission: str
    says: list[str]
    confirmation: str = ""
    ends_at: dt.datetime | None = None


class Answer(BaseModel):
    """The answer to a question.

    Attributes:
        question: as it was asked; empty where a plan was run.
        facts: the numbers.
        columns: of `rows`, for a table.
        rows: what the facts were read from.
        passages: sections of the documentation, quoted.
        proposal: an action that waits for a confirmation; nothing was done yet.
        notes: what a reader must know, such as that the newest day lies inside the period.
        plan: what was run; none for a refusal.
        refusal: in place of all others.
        rerun: the command that gives the same numbers as long as the state is the same.
        sql: of a metric query.
        follow_ups: questions that go on from here, each of which has an answer.
    """

    model_config = ConfigDict(frozen=True)

    question: str = ""
    facts: list[Fact] = []
    columns: list[str] = []
    rows: list[JsonRow] = []
    passages: list[Passage] = []
    proposal: Proposal | None = None
    notes: list[str] = []
    plan: Plan | None = None
    refusal: Refusal | None = None
    rerun: str = ""
    sql: str = ""
    follow_ups: list[str] = []
    published_state: int = -1
