"""The tools of the copilot: each reads the published state through the queries and returns facts and rows."""

from collections.abc import Callable

from serving.copilot.checks import Ground
from serving.copilot.plan import Tool, ToolCall
from serving.copilot.tools.company import accuracy, alerts, data_quality, decisions, what_changed
from serving.copilot.tools.found import Found
from serving.copilot.tools.quoting import documents
from serving.copilot.tools.releases import buyers_for, compare, explain, forecast, similar

TOOLS: dict[Tool, Callable[[ToolCall, Ground], Found]] = {
    "forecast": forecast,
    "explain": explain,
    "similar": similar,
    "compare": compare,
    "alerts": alerts,
    "decisions": decisions,
    "accuracy": accuracy,
    "buyers_for": buyers_for,
    "what_changed": what_changed,
    "data_quality": data_quality,
    "documents": documents,
}
