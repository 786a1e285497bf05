"""When drift starts a retraining: the same feature at two runs in a row, and at most once a week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

RUNS_IN_A_ROW = 2
LEAST_DAYS = 7


def drifted(reports: Iterable[Mapping[str, Any]]) -> list[str]:
    """Features that were large at the last two origins of [origin, feature, is_large].

    >>> day = dt.date(2026, 1, 1)
    >>> drifted([{"origin": day + dt.timedelta(days=k), "feature": "a", "is_large": True} for k in (0, 1)])
    ['a']
    """
    large: dict[dt.date, set[str]] = {}
    for row in reports:
        large.setdefault(row["origin"], set()).update([row["feature"]] if row["is_large"] else [])
    last = sorted(large)[-RUNS_IN_A_ROW:]
    return sorted(set.intersection(*(large[day] for day in last))) if len(last) == RUNS_IN_A_ROW else []


def reason_to_retrain(
    features: Sequence[str], out_of_band: bool, last: dt.datetime | None, now: dt.datetime
) -> str | None:
    """Why a retraining starts now, in a sentence; None without drift, and within a week of the last one."""
    if last is not None and now - last < dt.timedelta(days=LEAST_DAYS):
        return None
    if out_of_band:
        return "The live loss is above the band of the backtest."
    if features:
        named = ", ".join(features[:5]) + (f" and {len(features) - 5} more" if len(features) > 5 else "")
        return f"Features have drifted at two runs in a row (PSI above 0.25): {named}."
    return None
