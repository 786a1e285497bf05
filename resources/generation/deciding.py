"""What people decide about drafts: approve, reject, each with who and why; findings block the approval."""

from typing import TYPE_CHECKING, Any

from lake.journals.generation import (
    APPROVED,
    GENERATION_EVENTS,
    REJECTED,
    Standing,
    StateError,
    note_state,
    read_standings,
)
from resources.generation.tables import publish_tables

if TYPE_CHECKING:
    from lake.lakehouse import Lake


def asset_of(lake: "Lake", asset_id: str) -> Standing:
    """An asset by its id.

    Raises:
        LookupError: there is none.
    """
    one = read_standings(lake).get(asset_id)
    if one is None or one.subject != "asset":
        raise LookupError(f"no asset {asset_id}; lacquer assets list --all lists them")
    return one


def approve(lake: "Lake", asset_id: str, who: str, why: str) -> Standing:
    """Approve a draft, and publish the decision.

    Raises:
        LookupError: there is no such asset.
        StateError: it is no draft, or findings block it.
    """
    one = asset_of(lake, asset_id)
    if findings := one.details.get("findings"):
        shown = "; ".join(f'"{found["text"]}": {found["reason"]}' for found in findings[:3])
        raise StateError(f"asset {asset_id} has {len(findings)} findings that block its approval: {shown}")
    return _decided(lake, one, APPROVED, who, why)


def reject(lake: "Lake", asset_id: str, who: str, why: str) -> Standing:
    """Reject a draft or an approved asset, and publish the decision.

    Raises:
        LookupError: there is no such asset.
        StateError: it is rejected or published already.
    """
    return _decided(lake, asset_of(lake, asset_id), REJECTED, who, why)


def history_of(lake: "Lake", asset_id: str) -> list[dict[str, Any]]:
    """The transitions of an asset: state, who, why and when, the first one first."""
    sql = "select state, who, why, noted_at from journal where subject_id = $id order by number"
    rows = lake.journal(GENERATION_EVENTS).select(sql, {"id": asset_id})
    return [dict(zip(("state", "who", "why", "at"), row, strict=True)) for row in rows]


def _decided(lake: "Lake", one: Standing, state: str, who: str, why: str) -> Standing:
    if not who.strip() or not why.strip():
        raise StateError("a decision needs who decides and why; neither may be empty")
    done = note_state(lake, "asset", one.id, state, who.strip(), why.strip(), after=one.number)
    publish_tables(lake)
    return done
