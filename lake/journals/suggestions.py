"""What people did with suggestions: dismissed or done, by whom, why, and what the suggestion was like at that moment.

Nothing is deleted. A suggestion that somebody dealt with is not shown as long as it is what it was then: the same
rules, money within a quarter of what it was, and for a title the same length.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lake.contract import Column, Contract

if TYPE_CHECKING:
    from lake.lakehouse import Lake

ACTS = ("dismissed", "done")
CHANGED_SHARE = 0.25  # of the money at the time of the act; beyond it the suggestion is shown again

SUGGESTION_ACTS = Contract(
    name="suggestion_acts",
    layer="gold",
    grain="one row per suggestion that somebody dismissed or carried out",
    key=("act_id",),
    columns=(
        Column("act_id", "string", "number of the act"),
        Column("suggestion_id", "string", "the suggestion"),
        Column("act", "string", "what was done with it", allowed=ACTS),
        Column("kind", "string", "kind of the suggestion"),
        Column("release_id", "string", "its release"),
        Column("label_id", "string", "the label of the release", nullable=True),
        Column("territory", "string", "the country it is about", nullable=True),
        Column("impact", "float64", "money it was ranked by at that moment", minimum=0),
        Column("detail", "float64", "length of the title, where it is about that", nullable=True),
        Column("rule_version", "int32", "version of the rules at that moment"),
        Column("acted_by", "string", "who did it, in their own words"),
        Column("why", "string", "why"),
        Column("acted_at", "timestamp", "moment of the act"),
    ),
)
KEY = f"{SUGGESTION_ACTS.layer}/{SUGGESTION_ACTS.name}"


def note_act(lake: Lake, suggestion: Mapping[str, Any], act: str, by: str, why: str) -> None:
    """Put an act on record and publish it.

    Args:
        lake: that the suggestion belongs to.
        suggestion: suggestion_id, kind, release_id, label_id, territory, impact, detail, rule_version.
        act: one of `ACTS`.
        by: who did it.
        why: why.
    """
    own = ("suggestion_id", "kind", "release_id", "label_id", "territory", "impact", "detail", "rule_version")
    row = {name: suggestion[name] for name in own}
    row |= {
        "act_id": uuid.uuid4().hex[:12],
        "act": act,
        "acted_by": by,
        "why": why,
        "acted_at": dt.datetime.now(dt.UTC),
    }
    lake.publish({KEY: lake.journal(SUGGESTION_ACTS).note([row])}, f"suggestions {act}")
