"""Confirmations of proposed actions: each works once, for ten minutes, and only for whom it was made."""

import datetime as dt
import json
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from serving.accounts.identity import Identity
from serving.accounts.replies import as_utc
from serving.accounts.tables import table
from serving.copilot.answers import Answer
from serving.copilot.history import owner_of
from serving.copilot.plan import Action, Refusal

if TYPE_CHECKING:
    from resources.database import Database

VALID = dt.timedelta(minutes=10)


class ConfirmationError(ValueError):
    """The confirmation is unknown, used, expired or somebody else's; nothing was done."""


def offered(answer: Answer, database: "Database", who: Identity) -> Answer:
    """The answer with a confirmation for its proposed action; a refusal where `who` may not do it.

    An answer without a proposal is left as it is.
    """
    if answer.proposal is None or not isinstance(answer.plan, Action):
        return answer
    if not who.may(answer.proposal.permission):
        message = f"this needs the permission {answer.proposal.permission!r}, which {who.name} does not have here"
        refusal = Refusal(reason="forbidden", message=message)
        return Answer(question=answer.question, refusal=refusal, published_state=answer.published_state)
    from sqlalchemy import delete, insert

    token, now = secrets.token_urlsafe(24), dt.datetime.now(dt.UTC)
    kept = table("confirmations")
    row = {
        "token_hash": _hashed(token),
        "owner": owner_of(who),
        "action": answer.plan.model_dump_json(),
        "says": json.dumps(answer.proposal.says),
        "ends_at": now + VALID,
    }
    with database.write() as con:
        con.execute(delete(kept).where(kept.c.ends_at < now - dt.timedelta(days=1)))
        con.execute(insert(kept).values(**row))
    proposal = answer.proposal.model_copy(update={"confirmation": token, "ends_at": row["ends_at"]})
    return answer.model_copy(update={"proposal": proposal})


def redeem(database: "Database", who: Identity, confirmation: str) -> tuple[Action, list[str]]:
    """The action of a confirmation and what was shown of it; the confirmation is used up.

    Raises:
        ConfirmationError: it is unknown, used, expired or somebody else's.
    """
    from sqlalchemy import select, update

    kept, now = table("confirmations"), dt.datetime.now(dt.UTC)
    own = (kept.c.token_hash == _hashed(confirmation)) & (kept.c.owner == owner_of(who))
    with database.write() as con:
        row = con.execute(select(kept).where(own)).mappings().first()
        if row is None:
            raise ConfirmationError("no such confirmation of yours; ask for the action again")
        if as_utc(row["ends_at"]) < now:
            raise ConfirmationError(f"the confirmation ended at {as_utc(row['ends_at']):%H:%M:%S} UTC; ask again")
        used = con.execute(update(kept).where(own, kept.c.used_at.is_(None)).values(used_at=now))
        if not used.rowcount:
            raise ConfirmationError("the confirmation was used already; ask again for another action")
    return Action.model_validate_json(row["action"]), json.loads(row["says"])


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
