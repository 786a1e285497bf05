"""The step that brings a silver table up to bronze; where the run asks for it, its dead letters are judged again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from assets.rebuilding import asks_for_replay, asks_for_silver
from lake.contract import Contract
from lake.sessions import Session
from lake.silver_sql import Feed
from resources.lake import LakeResource

if TYPE_CHECKING:
    from lake.silver import Refreshed


def bring_up(
    lake: LakeResource, session: Session, contract: Contract, feed: Feed, tags: Mapping[str, str]
) -> "Refreshed":
    """What was done, rows of bronze and dead letters together; a replay that was killed is completed."""
    from lake.replay import finish_replay, replay
    from lake.silver import refresh

    store, key = lake.lake(), lake.pseudonym_key
    done = refresh(store, session, contract, feed, pseudonym_key=key, in_full=asks_for_silver(tags))
    if asks_for_replay(tags, f"silver/{contract.name}"):
        again = replay(store, session, contract, feed, pseudonym_key=key)
        batch, seconds = done.batch + again.batch, done.seconds + again.seconds
        return replace(done, version=again.version, batch=batch, totals=again.totals, seconds=seconds)
    if done.replays:
        finish_replay(store, session, contract, feed, pseudonym_key=key)
    return done
