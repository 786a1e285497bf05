"""Run a checked plan: metric queries through the semantic layer, tools through the queries."""

import json
import shlex
from typing import Any

from serving.copilot.actions import propose
from serving.copilot.answers import Answer, Fact
from serving.copilot.checks import FORECAST, STOCK, Ground, check, sales_days
from serving.copilot.facts import metric_fact
from serving.copilot.plan import FIELDS, GRAINS, Action, MetricQuery, Period, Plan, RefusedError, ToolCall
from serving.copilot.tools import TOOLS
from serving.metrics.layer import TIME, as_value

# Grouped by their keys, so that two of one name stay two; shown by their names as well.
NAMES_OF_KEYS = {"release": "release__title", "buyer": "buyer__company_name"}


def execute(plan: Plan, ground: Ground, question: str = "") -> Answer:
    """The answer that a plan gives on the published state; a plan that cannot be run gives a refusal."""
    state = ground.reader.state.number
    try:
        check(plan, ground)
        if isinstance(plan, Action):
            return Answer(
                question=question, plan=plan, proposal=propose(plan, ground.reader), rerun=rerun_command(plan),
                published_state=state,
            )  # fmt: skip
        if isinstance(plan, ToolCall):
            found = TOOLS[plan.tool](plan, ground)
            return Answer(
                question=question, facts=found.facts, columns=found.columns, rows=found.rows,
                passages=found.passages, notes=found.notes, plan=plan, rerun=rerun_command(plan), published_state=state,
            )  # fmt: skip
        assert isinstance(plan, MetricQuery)
        return _metric(plan, ground, question)
    except RefusedError as refused:
        return Answer(question=question, refusal=refused.refusal, published_state=state)


def rerun_command(plan: Plan) -> str:
    """The command that runs a plan again; its days are fixed, whatever "last month" was in the question."""
    return f"lacquer ask --plan {shlex.quote(plan_text(plan))}"


def plan_text(plan: Plan) -> str:
    """A plan in JSON, without what it leaves at its default."""
    shown = plan.model_dump(mode="json", exclude_defaults=True)
    return json.dumps({"kind": plan.kind, **shown}, ensure_ascii=False)


def _metric(plan: MetricQuery, ground: Ground, question: str) -> Answer:
    labels = {one.name: one.label for one in ground.layer.metrics()}
    rows, sql = _ask(plan, ground, plan.period)
    facts = _facts(plan, ground, rows, labels, plan.period)
    columns = list(rows[0]) if rows else []
    notes = _notes(plan, ground, rows)
    if plan.versus is not None:
        before, _ = _ask(plan, ground, plan.versus, unlimited=True)
        facts += _facts(plan, ground, before, labels, plan.versus)
        rows = _beside(rows, before, plan)
        columns = list(rows[0]) if rows else []
        notes.append(f"compared with {plan.versus}")
    return Answer(
        question=question, facts=facts, columns=columns, rows=rows, notes=notes, plan=plan,
        rerun=rerun_command(plan), sql=sql, published_state=ground.reader.state.number,
    )  # fmt: skip


def shown_groups(plan: MetricQuery) -> list[str]:
    """The columns of an answer that say what a row is of."""
    names: list[str] = []
    for one in plan.group_by:
        names.append(f"{TIME}__{one}" if one in GRAINS else FIELDS[one])
        if one in NAMES_OF_KEYS:
            names.append(NAMES_OF_KEYS[one])
    return names


def _ask(
    plan: MetricQuery, ground: Ground, period: Period | None, *, unlimited: bool = False
) -> tuple[list[dict[str, Any]], str]:
    groups = shown_groups(plan)
    sign = {"name": "", "largest": "-", "smallest": ""}[plan.order]
    order = [*groups] if plan.order == "name" else [f"{sign}{plan.metrics[0]}", *groups]
    answer = ground.layer.ask(
        ground.reader, plan.metrics, groups,
        since=period.since if period else None,
        until=period.until if period else None,
        # One more than is shown, so that a tie at the cut is seen.
        limit=10_000 if unlimited else plan.limit + 1,
        where={FIELDS[one.field]: one.values for one in plan.conditions},
        order_by=order if groups else (),
    )  # fmt: skip
    return [{name: as_value(value) for name, value in row.items()} for row in answer.rows], answer.sql


def _facts(
    plan: MetricQuery, ground: Ground, rows: list[dict[str, Any]], labels: dict[str, str], period: Period | None
) -> list[Fact]:
    groups = shown_groups(plan)
    return [
        metric_fact(plan, ground.reader, name, labels[name], row, {one: str(row[one]) for one in groups}, period)
        for row in rows[: plan.limit if period == plan.period else None]
        for name in plan.metrics
    ]


def _beside(rows: list[dict[str, Any]], before: list[dict[str, Any]], plan: MetricQuery) -> list[dict[str, Any]]:
    """The rows of both periods side by side, joined on their groups; time has no counterpart and is left alone."""
    groups = [one for one in shown_groups(plan) if not one.startswith(f"{TIME}__")]
    earlier = {tuple(row[one] for one in groups): row for row in before}
    joined = []
    for row in rows:
        other = earlier.get(tuple(row[one] for one in groups), {})
        shown = dict(row)
        for name in plan.metrics:
            shown[f"{name}_before"] = other.get(name)
            now, then = row[name], other.get(name)
            shown[f"{name}_change"] = float(now) / float(then) - 1 if now is not None and then else None
        joined.append(shown)
    return joined


def _notes(plan: MetricQuery, ground: Ground, rows: list[dict[str, Any]]) -> list[str]:
    notes = []
    if not set(plan.metrics) & (STOCK | FORECAST):
        first, last = sales_days(ground.reader)
        if plan.period is None:
            notes.append(f"no period was named: all published days, {first} to {last}")
        elif plan.period.until > last or plan.period.since < first:
            notes.append(f"sales are known from {first} to {last} only, which is part of the period")
        if plan.order == "smallest":
            notes.append("those that sold nothing in the period are not among them")
    if len(rows) > plan.limit:
        if plan.order != "name" and rows[plan.limit][plan.metrics[0]] == rows[plan.limit - 1][plan.metrics[0]]:
            notes.append(f"the next one after the {plan.limit} has the same value as the last")
        elif plan.order == "name":
            notes.append(f"there are more than {plan.limit} rows; these are the first")
        del rows[plan.limit :]
    return notes
