"""What an action would do, from the published state: the permission that it needs and each thing that will happen."""

from collections.abc import Callable

from serving.copilot.answers import Proposal
from serving.copilot.plan import Action, ActionName, RefusedError
from serving.queries.drafts import is_visible
from serving.queries.projection import projection
from serving.queries.reader import Reader, Row
from serving.queries.recommended import RECOMMENDATIONS, NoPriceError, chosen_prices

PERMISSIONS: dict[ActionName, str] = {
    "acknowledge": "alerts", "snooze": "alerts", "override": "overrides", "apply_price": "prices",
    "order_report": "runs", "request_stem": "generate",
}  # fmt: skip


def propose(action: Action, reader: Reader) -> Proposal:
    """What an action would do on the published state that a reader sees. Nothing is changed.

    Raises:
        RefusedError: it cannot be done.
    """
    says = _SAYS[action.action](action, reader)
    return Proposal(permission=PERMISSIONS[action.action], says=says)


def _alert(action: Action, reader: Reader) -> list[str]:
    found = {}
    if reader.has("gold.alerts"):
        sql = "select release_id, priority, state, message from gold.alerts where alert_id = ?"
        found = reader.one(sql, [action.alert_id])
    if not found:
        raise RefusedError("unknown_name", f"no alert has the number {action.alert_id!r}")
    if found["state"] not in ("open", "acknowledged", "snoozed"):
        raise RefusedError("incomplete", f"alert {action.alert_id} is {found['state']}; nothing is left to do about it")
    done = "acknowledged" if action.action == "acknowledge" else "snoozed"
    about = f"alert {action.alert_id} ({found['priority']}, {_title(reader, found['release_id'])}): {found['message']}"
    return [about, f"it is {found['state']} and will be {done} until {action.until}", f"why: {action.why}"]


def _override(action: Action, reader: Reader) -> list[str]:
    made = projection(reader).forecasts.get(str(action.release_id))
    horizon = next((one for one in made.horizons if one.horizon_days == action.horizon_days), None) if made else None
    if made is None or horizon is None:
        raise RefusedError("not_published", f"{action.release_id} is not forecast over {action.horizon_days} days")
    if action.units is None or action.until is None or action.until < made.origin:
        raise RefusedError("period", f"an override needs units, and a last day from {made.origin} on")
    return [
        f"the forecast of {_title(reader, action.release_id)} over {action.horizon_days} days, "
        f"{horizon.units.p50:,.0f} units (P50), stays as it is",
        f"beside it will stand {action.units:g} units, for forecasts from {made.origin} to {action.until}",
        "order quantities and the PIM follow with the next run",
        f"why: {action.why}",
    ]


def _price(action: Action, reader: Reader) -> list[str]:
    row = _chosen(action, reader)
    now = "none" if row["price_before"] is None else f"{row['price_before']:,.2f} {row['currency']}"
    return [
        f"the {row['strategy']} price of {_title(reader, row['release_id'])} goes on record: {row['price']:,.2f} "
        f"{row['currency']} from {row['valid_from']}, now {now}",
        "the ERP changes its price list once it reads the file of applied prices",
        f"why: {action.why}",
    ]


def _chosen(action: Action, reader: Reader) -> Row:
    if not reader.has(RECOMMENDATIONS):
        raise RefusedError("not_published", "no price recommendations are published")
    try:
        return chosen_prices(reader, {str(action.release_id): str(action.strategy)})[0]
    except NoPriceError as error:
        raise RefusedError("not_published", f"{error}; say which, as in: apply the margin price of R000397") from None


def _report(_: Action, __: Reader) -> list[str]:
    return ["the job report starts and writes the forecast's page of the published state anew; its page is Jobs"]


def _stems(action: Action, reader: Reader) -> list[str]:
    if not is_visible(reader, "stem", str(action.track_id)):
        raise RefusedError("unknown_name", f"no track has the number {action.track_id!r}")
    if not action.names:
        raise RefusedError("incomplete", "which stems? As in: request drums and bass of track T000397-01")
    return [
        f"a request for {', '.join(action.names)} of track {action.track_id} goes on record",
        "a worker makes drafts, which wait until a person approves them",
    ]


def _title(reader: Reader, release_id: str | None) -> str:
    found = projection(reader).releases.get(str(release_id))
    return f"{release_id} {found.title}" if found and found.title else str(release_id)


_SAYS: dict[ActionName, Callable[[Action, Reader], list[str]]] = {
    "acknowledge": _alert,
    "snooze": _alert,
    "override": _override,
    "apply_price": _price,
    "order_report": _report,
    "request_stem": _stems,
}
