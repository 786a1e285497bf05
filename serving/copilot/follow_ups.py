"""Questions that go on from an answer: each is one that the grammar understands and the lake can answer."""

from collections.abc import Iterator

from serving.copilot.canonical import question_of
from serving.copilot.checks import FORECAST, STOCK, Ground, check
from serving.copilot.grammar.periods import year_before
from serving.copilot.grammar.planner import GrammarPlanner
from serving.copilot.plan import GRAINS, MetricQuery, Plan, RefusedError, Tool, ToolCall

MOST = 3
LONG_DAYS = 45  # from so many days on a period is worth a look by month
# Tool -> what people look at after it.
_OF_ONE_RELEASE: dict[Tool, tuple[Tool, ...]] = {
    "forecast": ("explain", "buyers_for", "similar"),
    "explain": ("forecast", "decisions"),
    "similar": ("forecast", "buyers_for"),
    "buyers_for": ("forecast", "decisions"),
    "compare": ("forecast", "explain"),
    "decisions": ("explain", "buyers_for"),
    "alerts": ("forecast", "decisions"),
}
_OF_ALL: dict[Tool, tuple[Tool, ...]] = {
    "alerts": ("decisions", "data_quality"),
    "decisions": ("alerts", "accuracy"),
    "accuracy": ("decisions", "data_quality"),
    "data_quality": ("alerts", "accuracy"),
    "what_changed": ("alerts", "decisions"),
}


def follow_ups(plan: Plan | None, grammar: GrammarPlanner, ground: Ground) -> list[str]:
    """Up to three questions after an answer, in the grammar's words."""
    found: list[str] = []
    for one in _next(plan):
        words = question_of(one)
        if words is None or words in found or grammar.plan(words) != one:
            continue
        try:
            check(one, ground)
        except RefusedError:
            continue
        found.append(words)
        if len(found) == MOST:
            break
    return found


def _next(plan: Plan | None) -> Iterator[Plan]:
    if isinstance(plan, MetricQuery):
        yield from _after_metric(plan)
    elif isinstance(plan, ToolCall):
        listed = _OF_ONE_RELEASE if plan.release_id else _OF_ALL
        for tool in listed.get(plan.tool, ()):
            yield ToolCall(tool=tool, release_id=plan.release_id)
        if plan.tool == "what_changed":
            yield MetricQuery(metrics=("net_revenue",), group_by=("genre",), period=plan.period, versus=plan.versus)


def _after_metric(plan: MetricQuery) -> Iterator[Plan]:
    fixed = {one.field for one in plan.conditions}
    over_time = any(one in GRAINS for one in plan.group_by)
    is_past = not set(plan.metrics) & (STOCK | FORECAST)
    if is_past and plan.period and plan.versus is None and not over_time:
        yield plan.model_copy(update={"versus": year_before(plan.period)})
    if plan.order == "name" and not plan.group_by and "release" not in fixed:
        group = next(one for one in ("genre", "label", "format", "artist", "release") if one not in fixed)
        yield plan.model_copy(update={"group_by": (group,), "versus": None})
    days = (plan.period.until - plan.period.since).days if plan.period else 0
    if is_past and not over_time and days >= LONG_DAYS and plan.order == "name" and len(plan.group_by) < 2:
        yield plan.model_copy(update={"group_by": (*plan.group_by, "month"), "versus": None})
    if len(plan.metrics) == 1 and "release" not in fixed and "release" not in plan.group_by:
        yield plan.model_copy(update={"group_by": ("release",), "order": "largest", "limit": 5, "versus": None})
