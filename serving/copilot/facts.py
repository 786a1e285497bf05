"""Facts from rows: each number with what it is of, its days, and the published state."""

from collections.abc import Mapping
from typing import Any

from serving.copilot.answers import Fact
from serving.copilot.plan import MetricQuery, Period, ToolCall
from serving.queries.reader import Reader

MONEY = frozenset({"net_revenue", "average_price", "forecast_revenue"})
UNITS = {"return_rate": "share", "orders": "orders", "buyers": "buyers", "stock_cover_days": "days",
         "units_per_day": "units per day"}  # fmt: skip
# Sums and counts: where nothing was sold they are zero, and not unknown.
ADD_UP = frozenset({"net_revenue", "net_units", "gross_units", "returned_units", "orders", "buyers", "available_units",
                    "forecast_units", "forecast_revenue"})  # fmt: skip


def unit_of(metric: str, reader: Reader) -> str:
    """The unit of a metric."""
    return reader.house_currency if metric in MONEY else UNITS.get(metric, "units")


def metric_fact(
    plan: MetricQuery,
    reader: Reader,
    metric: str,
    label: str,
    row: Mapping[str, Any],
    of: dict[str, str],
    period: Period | None,
) -> Fact:
    """The value of a metric in a row of the semantic layer's answer."""
    value = row[metric]
    return Fact(
        metric=metric,
        label=label,
        value=0 if value is None and metric in ADD_UP else value,
        unit=unit_of(metric, reader),
        of=of,
        conditions={one.field: list(one.values) for one in plan.conditions},
        since=period.since if period else None,
        until=period.until if period else None,
        published_state=reader.state.number,
    )


def tool_fact(
    plan: ToolCall, reader: Reader, label: str, value: Any, unit: str, period: Period | None = None, **of: str
) -> Fact:
    """A number that a tool read."""
    return Fact(
        metric=plan.tool,
        label=label,
        value=value,
        unit=unit,
        of=of,
        conditions={"release": [plan.release_id]} if plan.release_id else {},
        since=period.since if period else None,
        until=period.until if period else None,
        published_state=reader.state.number,
    )
