"""What an action would do, from the published state: the permission that it needs and each thing that will happen."""

from collections.abc import Callable
from decimal import Decimal

from serving.copilot.action_words import ActionWords, action_words
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
    says = _SAYS[action.action](action, reader, action_words(action.language))
    return Proposal(permission=PERMISSIONS[action.action], says=says)


def _alert(action: Action, reader: Reader, say: ActionWords) -> list[str]:
    found = {}
    if reader.has("gold.alerts"):
        sql = "select release_id, priority, state, message from gold.alerts where alert_id = ?"
        found = reader.one(sql, [action.alert_id])
    if not found:
        raise RefusedError("unknown_name", say("no_alert", alert=action.alert_id))
    state = say.word(found["state"])
    if found["state"] not in ("open", "acknowledged", "snoozed"):
        raise RefusedError("incomplete", say("alert_over", alert=action.alert_id, state=state))
    title, priority = _title(reader, found["release_id"]), say.word(found["priority"])
    return [
        say("alert", alert=action.alert_id, priority=priority, title=title, message=found["message"]),
        say(action.action, state=state, until=action.until),
        say("why", why=action.why),
    ]


def _override(action: Action, reader: Reader, say: ActionWords) -> list[str]:
    made = projection(reader).forecasts.get(str(action.release_id))
    days = action.horizon_days
    horizon = next((one for one in made.horizons if one.horizon_days == days), None) if made else None
    if made is None or horizon is None:
        raise RefusedError("not_published", say("not_forecast", release=action.release_id, days=days))
    if action.units is None or action.until is None or action.until < made.origin:
        raise RefusedError("period", say("override_needs", origin=made.origin))
    return [
        say("forecast_stays", title=_title(reader, action.release_id), days=days, p50=_whole(horizon.units.p50)),
        say("beside", units=action.units, origin=made.origin, until=action.until),
        say("follow"),
        say("why", why=action.why),
    ]


def _whole(units: float | None) -> float:
    return float(round(units or 0.0))


def _price(action: Action, reader: Reader, say: ActionWords) -> list[str]:
    row = _chosen(action, reader, say)
    now = say("none")
    if row["price_before"] is not None:
        now = f"{say.number(row['price_before'])} {row['currency']}"
    return [
        say(
            "price", strategy=say.word(row["strategy"]), title=_title(reader, row["release_id"]),
            price=Decimal(str(row["price"])), currency=row["currency"], since=row["valid_from"], now=now,
        ),
        say("erp"),
        say("why", why=action.why),
    ]  # fmt: skip


def _chosen(action: Action, reader: Reader, say: ActionWords) -> Row:
    if not reader.has(RECOMMENDATIONS):
        raise RefusedError("not_published", say("no_prices"))
    try:
        return chosen_prices(reader, {str(action.release_id): str(action.strategy)})[0]
    except NoPriceError as error:
        raise RefusedError("not_published", say("which_price", error=str(error))) from None


def _report(_: Action, __: Reader, say: ActionWords) -> list[str]:
    return [say("report")]


def _stems(action: Action, reader: Reader, say: ActionWords) -> list[str]:
    if not is_visible(reader, "stem", str(action.track_id)):
        raise RefusedError("unknown_name", say("no_track", track=action.track_id))
    if not action.names:
        raise RefusedError("incomplete", say("which_stems"))
    names = ", ".join(say.word(one) for one in action.names)
    return [say("stems", names=names, track=action.track_id), say("drafts")]


def _title(reader: Reader, release_id: str | None) -> str:
    found = projection(reader).releases.get(str(release_id))
    return f"{release_id} {found.title}" if found and found.title else str(release_id)


_SAYS: dict[ActionName, Callable[[Action, Reader, ActionWords], list[str]]] = {
    "acknowledge": _alert,
    "snooze": _alert,
    "override": _override,
    "apply_price": _price,
    "order_report": _report,
    "request_stem": _stems,
}
