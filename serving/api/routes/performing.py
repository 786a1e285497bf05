"""Carry out a confirmed action of the copilot, through the routes that people use for it."""

from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BaseModel

from serving.accounts.identity import Identity
from serving.api.problems import refuse
from serving.api.routes.alerts import AlertAction, act_on
from serving.api.routes.jobs import begin_job
from serving.api.routes.marketing import NewRequest, ask_for
from serving.api.routes.overrides import NewOverride, put_override
from serving.api.routes.prices import PricesToApply, put_prices
from serving.copilot.action_words import action_words
from serving.copilot.actions import propose
from serving.copilot.confirmations import ConfirmationError, redeem
from serving.copilot.plan import Action, RefusedError
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.api.services import Services


class ActionDone(BaseModel):
    """An action that was carried out, and what came of it."""

    action: Action
    done: str


def confirm(services: "Services", who: Identity, confirmation: str) -> ActionDone:
    """Carry out the action of a confirmation in somebody's name.

    It is refused where the confirmation does not hold, the permission is gone, or the action would now do something
    else than was shown.
    """
    try:
        action, shown = redeem(services.database, who, confirmation)
    except ConfirmationError as error:
        raise refuse(409, str(error)) from None
    services.publications.refresh()
    reader = services.publications.reader(who.scope)
    try:
        proposal = propose(action, reader)
    except RefusedError as error:
        raise refuse(409, f"it cannot be done any more: {error}") from None
    if not who.may(proposal.permission):
        raise refuse(403, f"this needs the permission {proposal.permission!r}")
    if proposal.says != shown:
        raise refuse(409, "what would happen has changed since it was shown; ask again")
    done = _perform(services, who, reader, action)
    services.publications.refresh()
    return ActionDone(action=action, done=done)


def _perform(services: "Services", who: Identity, reader: Reader, action: Action) -> str:
    say, given = action_words(action.language), action.model_dump(exclude_none=True)
    if action.action in ("acknowledge", "snooze"):
        told = AlertAction.model_validate({name: given[name] for name in ("action", "why", "until") if name in given})
        state = act_on(services, who, reader, str(action.alert_id), told)
        return say("done_alert", alert=state.alert_id, state=say.word(state.state), until=state.until)
    if action.action == "override":
        names = ("horizon_days", "units", "until", "why")
        made = {"product_id": action.release_id, **{name: given[name] for name in names}}
        put_override(services, who, reader, NewOverride.model_validate(made))
        return say("done_override", units=action.units, release=action.release_id)
    if action.action == "apply_price":
        price = {"release_id": action.release_id, "strategy": action.strategy}
        body = PricesToApply.model_validate({"prices": [price], "why": action.why})
        applied = put_prices(services, who, reader, body).applied[0]
        price_now = Decimal(str(applied.price))
        since, currency = applied.valid_from, applied.currency
        return say("done_price", price_id=applied.price_id, price=price_now, currency=currency, since=since)
    if action.action == "order_report":
        return say("done_report", job=begin_job(services, who, "report").job_id)
    wish = {"kind": "stem", "subject_id": action.track_id, "names": list(action.names)}
    asked = ask_for(services, who, reader, NewRequest.model_validate(wish))
    return say("done_stems", request=asked.request_id, state=say.word(asked.state))
