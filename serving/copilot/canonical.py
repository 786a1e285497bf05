"""The question that a plan is the answer to, in words that the grammar understands."""

from serving.copilot.grammar.periods import period_before, year_before
from serving.copilot.plan import Condition, MetricQuery, Plan, ToolCall

METRIC_WORDS = {
    "net_revenue": "net revenue", "net_units": "net units", "gross_units": "gross units", "orders": "orders",
    "returned_units": "returned units", "return_rate": "return rate", "buyers": "buyers",
    "average_price": "average price", "available_units": "available units", "stock_cover_days": "stock cover",
    "forecast_units": "expected units", "forecast_revenue": "expected revenue",
}  # fmt: skip
_GROUP_WORDS = {"buyer_kind": "kind of buyer"}
_TOOL_WORDS = {
    "forecast": "forecast for {}", "explain": "explain the forecast of {}", "similar": "similar to {}",
    "buyers_for": "recommended buyers for {}", "alerts": "open alerts", "decisions": "decisions",
    "accuracy": "forecast accuracy", "what_changed": "what changed", "compare": "compare {} with {}",
    "data_quality": "data quality",
}  # fmt: skip


def question_of(plan: Plan) -> str | None:
    """The words of a plan; None where the grammar has none for it."""
    if isinstance(plan, MetricQuery):
        return _metric(plan)
    return _tool(plan) if isinstance(plan, ToolCall) else None


def _metric(plan: MetricQuery) -> str | None:
    if not set(plan.metrics) <= METRIC_WORDS.keys():
        return None
    words = " and ".join(METRIC_WORDS[one] for one in plan.metrics)
    groups = [_GROUP_WORDS.get(one, one) for one in plan.group_by]
    if plan.order != "name":
        words = f"{'top' if plan.order == 'largest' else 'bottom'} {plan.limit} {groups.pop(0)}s by {words}"
    parts = [words, *(_condition(one) for one in plan.conditions)]
    if groups:
        parts.append(f"by {' and '.join(groups)}")
    if plan.period:
        parts.append(f"from {plan.period.since} to {plan.period.until}")
    if plan.versus and plan.period:
        if plan.versus == year_before(plan.period):
            parts.append("compared with the year before")
        elif plan.versus == period_before(plan.period):
            parts.append("compared with the period before")
        else:
            return None
    return " ".join(parts)


def _condition(one: Condition) -> str:
    cue = "" if one.field == "buyer_kind" else f"{one.field} "
    return " and ".join(f'of {cue}"{value}"' for value in one.values)


def _tool(plan: ToolCall) -> str | None:
    if plan.tool == "documents":
        return plan.query
    words = _TOOL_WORDS[plan.tool].format(plan.release_id, plan.other_id)
    if plan.release_id and "{}" not in _TOOL_WORDS[plan.tool]:
        words += f" of {plan.release_id}"
    if plan.priority:
        words = f"{plan.priority}{' priority' if plan.priority != 'critical' else ''} {words}"
    if plan.horizon_days:
        words += f" in the next {plan.horizon_days} days"
    return words + (f" from {plan.period.since} to {plan.period.until}" if plan.period else "")
