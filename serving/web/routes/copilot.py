"""The copilot's page: a conversation of questions in words and answers that say where they come from."""

import datetime as dt
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Header, Path, Query
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ml.reporting.trends import columns
from serving.api.problems import refuse
from serving.api.routes.performing import confirm
from serving.copilot.answers import Answer
from serving.copilot.ask import LONGEST_QUESTION, Copilot, read_plan
from serving.copilot.canonical import question_of
from serving.copilot.confirmations import offered
from serving.copilot.execute import plan_text, shown_groups
from serving.copilot.grammar.planner import GrammarPlanner
from serving.copilot.history import Exchange, Feedback, conversation, new_conversation, recent, remember, say_useful
from serving.copilot.plan import GRAINS, MetricQuery, Plan, RefusedError, ToolCall
from serving.copilot.wording import conditions_of, number
from serving.metrics.layer import TIME, MetricError
from serving.web.formats import day
from serving.web.pages import Looking, Viewer, view

router = APIRouter(prefix="/copilot")
Question = Annotated[str, Form(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")]
ConversationId = Annotated[str, Form(max_length=32, pattern=r"^[0-9a-f]{32}$")]
LONGEST_PLAN = 4_000  # characters
FIGURES = 4  # facts that are shown as figures and not as a table


@router.get("")
def copilot(
    looking: Looking,
    conversation_id: Annotated[str, Query(max_length=32)] = "",
    plan: Annotated[str, Query(max_length=LONGEST_PLAN)] = "",
) -> HTMLResponse:
    """A conversation, and the questions of earlier ones; with a plan, its answer on the state of now."""
    database, who = looking.services.database, looking.who
    if plan:
        return _page(looking, "copilot.html", new_conversation(), [_again(looking, plan)])
    exchanges = conversation(database, who, conversation_id) if conversation_id else []
    return _page(looking, "copilot.html", conversation_id if exchanges else new_conversation(), exchanges)


@router.post("/ask")
def ask(
    looking: Looking,
    question: Question,
    conversation_id: ConversationId,
    hx_request: Annotated[str, Header(max_length=10)] = "",
) -> Response:
    """Show at once how a question is understood, its answer follows; without a script the page waits for the answer."""
    looking.needs("read")
    if not hx_request:
        _answer(looking, question, conversation_id)
        return RedirectResponse(f"/copilot?conversation_id={conversation_id}", 303)
    plan = GrammarPlanner(looking.reader).plan(question, _plan_before(looking, conversation_id))
    return _page(
        looking, "copilot_pending.html", conversation_id, [], is_part=True, question=question, read_as=question_of(plan)
    )


@router.post("/answer")
def answer(looking: Looking, question: Question, conversation_id: ConversationId) -> Response:
    """Answer a question; the one before in the conversation is what "and for rock?" goes on from."""
    looking.needs("read")
    made = _answer(looking, question, conversation_id)
    return _page(looking, "copilot_exchange.html", conversation_id, [made], is_part=True)


def _plan_before(looking: Viewer, conversation_id: str) -> Plan | None:
    listed = conversation(looking.services.database, looking.who, conversation_id)
    return next((one.answer.plan for one in reversed(listed) if one.answer.plan), None)


def _answer(looking: Viewer, question: str, conversation_id: str) -> Exchange:
    database, who = looking.services.database, looking.who
    try:
        found = Copilot(looking.reader, looking.services.metric_layer).ask(
            question, previous=_plan_before(looking, conversation_id), suggester=looking.services.suggester
        )
    except (MetricError, RefusedError) as error:
        raise refuse(503, str(error)) from None
    return remember(database, who, conversation_id, offered(found, database, who))


def _again(looking: Viewer, text: str) -> Exchange:
    """The answer of a plan from a link, which is not kept; actions have no links, so that nobody is sent to one."""
    looking.needs("read")
    try:
        plan = read_plan(text)
        if not isinstance(plan, MetricQuery | ToolCall):
            raise RefusedError("forbidden", "a link runs questions, no actions")
        found = Copilot(looking.reader, looking.services.metric_layer).run(plan)
    except MetricError as error:
        raise refuse(503, str(error)) from None
    except RefusedError as refused:
        raise refuse(422, str(refused)) from None
    return Exchange(
        "", "", dt.datetime.now(dt.UTC), found.model_copy(update={"question": question_of(plan) or ""}), None
    )


@router.post("/confirm")
def confirm_action(
    looking: Looking, confirmation: Annotated[str, Form(min_length=1, max_length=100)], conversation_id: ConversationId
) -> Response:
    """Carry out a proposed action, and show in the conversation what came of it."""
    done = confirm(looking.services, looking.who, confirmation)
    state = looking.services.publications.reader(looking.who.scope).state.number
    answer = Answer(question="confirmed", plan=done.action, notes=[done.done], published_state=state)
    remember(looking.services.database, looking.who, conversation_id, answer)
    return RedirectResponse(f"/copilot?conversation_id={conversation_id}", 303)


@router.post("/{question_id}/feedback")
def feedback(
    looking: Looking,
    question_id: Annotated[str, Path(max_length=32)],
    value: Annotated[Feedback, Form()],
    conversation_id: ConversationId,
) -> Response:
    """Say whether an answer was useful."""
    if not say_useful(looking.services.database, looking.who, question_id, value):
        raise refuse(404, "no such question of yours")
    return RedirectResponse(f"/copilot?conversation_id={conversation_id}", 303)


def _page(
    looking: Viewer,
    template: str,
    conversation_id: str,
    exchanges: list[Exchange],
    *,
    is_part: bool = False,
    **more: str | None,
) -> HTMLResponse:
    return view(
        template,
        looking,
        "copilot",
        exchanges=[_shown(one, looking) for one in exchanges],
        conversation_id=conversation_id,
        examples=GrammarPlanner(looking.reader).examples,
        earlier=[] if is_part else _earlier(looking, conversation_id),
        is_part=is_part,
        longest=LONGEST_QUESTION,
        **more,
    )


def _earlier(looking: Viewer, conversation_id: str) -> list[Exchange]:
    """The newest question of each earlier conversation."""
    newest: dict[str, Exchange] = {}
    for one in recent(looking.services.database, looking.who):
        if one.conversation_id != conversation_id:
            newest.setdefault(one.conversation_id, one)
    return list(newest.values())[:10]


def _shown(one: Exchange, looking: Viewer) -> dict[str, Any]:
    answer = one.answer
    # A change is its three sums; its drivers are in the table.
    is_change = isinstance(answer.plan, ToolCall) and answer.plan.tool == "what_changed"
    facts = answer.facts[:3] if is_change else answer.facts
    figures = [(fact.label, number(fact.value, fact.unit), conditions_of(fact)) for fact in facts]
    return {
        "id": one.question_id,
        "answer": answer,
        "feedback": one.feedback,
        "figures": figures if len(figures) <= FIGURES else [],
        "has_table": bool(answer.rows) and (len(figures) > FIGURES or not figures or not _is_single(answer)),
        "drawing": _drawing(answer, looking),
        "link": _link(answer.plan),
    }


def _link(plan: Plan | None) -> str:
    """The address that runs a plan again; empty for what no link runs."""
    if not isinstance(plan, MetricQuery | ToolCall):
        return ""
    return f"/copilot?{urlencode({'plan': plan_text(plan)})}"


def _is_single(answer: Answer) -> bool:
    return len(answer.rows) == 1


def _drawing(answer: Answer, looking: Viewer) -> Markup | None:
    """A column per day, week, month, quarter or year where the answer is one metric over time."""
    plan = answer.plan
    if not isinstance(plan, MetricQuery) or len(plan.metrics) != 1 or len(answer.rows) < 2:
        return None
    grains = [one for one in plan.group_by if one in GRAINS]
    if len(grains) != 1 or len(shown_groups(plan)) != 1:
        return None
    rows = [row for row in answer.rows if row[plan.metrics[0]] is not None]
    days = [dt.date.fromisoformat(str(row[f"{TIME}__{grains[0]}"])[:10]) for row in rows]
    values = [float(row[plan.metrics[0]]) for row in rows]
    return columns(days, values, answer.facts[0].label, lambda one: day(one, looking.language))
