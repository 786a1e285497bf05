"""Questions in words: an answer with where each number comes from, or a refusal with what can be asked."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import StreamingResponse

from serving.api.access import Caller, Published, Services_
from serving.api.problems import refuse
from serving.api.routes.performing import ActionDone, confirm
from serving.copilot.answers import Answer
from serving.copilot.ask import LONGEST_QUESTION, Copilot
from serving.copilot.confirmations import offered
from serving.copilot.plan import Plan
from serving.metrics.layer import MetricError

router = APIRouter(prefix="/copilot", tags=["copilot"])
EXAMPLE: dict[str, JsonValue] = {"question": "revenue by genre last month"}


class Question(BaseModel):
    """A question, with the plan before it where it goes on from that."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    question: str = Field(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S", description="English or German")
    previous: Plan | None = Field(None, description="the plan of the answer before, for 'and for rock?'")


class PlanToRun(BaseModel):
    """A plan, as an answer names it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"plan": {"kind": "metric", "metrics": ["net_revenue"]}}}
    )

    plan: Plan


class Confirmation(BaseModel):
    """The confirmation of a proposed action."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"confirmation": "of the proposal"}})

    confirmation: str = Field(min_length=1, max_length=100)


@router.post("/ask")
def ask(services: Services_, published: Published, who: Caller, body: Question) -> Answer:
    """Answer a question. A refusal is an answer too: its reason, and questions that can be asked."""
    try:
        answer = Copilot(published, services.metric_layer).ask(
            body.question, previous=body.previous, suggester=services.suggester
        )
        return offered(answer, services.database, who)
    except MetricError as error:
        raise refuse(503, str(error)) from None


@router.post("/run")
def run(services: Services_, published: Published, who: Caller, body: PlanToRun) -> Answer:
    """Run a plan again: the same numbers as long as the published state is the same."""
    try:
        return offered(Copilot(published, services.metric_layer).run(body.plan), services.database, who)
    except MetricError as error:
        raise refuse(503, str(error)) from None


@router.post("/confirm")
def confirm_action(services: Services_, who: Caller, body: Confirmation) -> ActionDone:
    """Carry out a proposed action. A confirmation works once, for ten minutes, for whoever asked."""
    return confirm(services, who, body.confirmation)


@router.post("/stream", response_class=StreamingResponse)
def stream(
    services: Services_, published: Published, who: Caller, body: Annotated[Question, "what is asked"]
) -> StreamingResponse:
    """Answer as server-sent events: `plan` as soon as the question is understood, a `fact` each, then `answer`."""
    copilot = Copilot(published, services.metric_layer)

    def events() -> Iterator[str]:
        plan = copilot.grammar.plan(body.question, body.previous)
        yield _event("plan", plan.model_dump_json())
        try:
            made = copilot.run(plan).model_copy(update={"question": body.question})
            answer = offered(made, services.database, who)
        except MetricError as error:
            yield _event("error", f'"{error}"')
            return
        for fact in answer.facts:
            yield _event("fact", fact.model_dump_json())
        yield _event("answer", answer.model_dump_json())

    return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
