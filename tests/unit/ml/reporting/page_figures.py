"""The least that the forecast's page is drawn from: one release, every other part empty."""

import datetime as dt
from typing import Any

ORIGIN = dt.date(2026, 1, 31)


def page_figures(**more: Any) -> dict[str, Any]:
    """What the template reads, with `more` in place of the empty parts."""
    reason = {"units": 30.0, "words": "its usual pace: 30 units in 30 days"}
    one: dict[str, Any] = {
        "release_id": "R1",
        "title": "<script>alert(1)</script>",
        "artist": None,
        "format": "LP",
        "stage": "selling",
        "sold": [0.0, 9.0],
    }
    one |= {"ranges": [(30, 10.0, 30.0, 60.0)], "available": 5, "incoming": 0, "chance": 0.999, "why": [reason]}
    one |= {"override": None, "override_by": None, "override_why": None, "override_until": None, "rest": None}
    parts = ("totals", "changes", "orders", "accuracy", "observed", "cold", "misses", "biased", "value", "months")
    empty: dict[str, Any] = {part: [] for part in (*parts, "groups", "seasons")} | {"together": None, "held": {}}
    said = {"origin": ORIGIN, "releases": 1, "unconstrained": 0, "at_risk": None, "overridden": 0, "fans": [one]}
    said |= {"releases_heading": "Releases", "contents": [], "made_of": "x", "before": None, "service_level": None}
    known = {"made_at": dt.datetime(2026, 2, 1, 6, tzinfo=dt.UTC), "days_behind": 1, "signals": ["No plays come in."]}
    return empty | said | known | {"biased_count": 0, "assumed_costs": False, "all_releases": []} | more
