"""The step that brings a silver table up to bronze; where the run asks for it, migrates it or replays dead letters."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from assets.rebuilding import MIGRATE_FROM, asks_for_replay, asks_for_silver, to_migrate
from lake.contract import Contract
from lake.delta.sessions import Session
from lake.silver.sql import Feed
from resources.lake import LakeResource

if TYPE_CHECKING:
    from lake.delta.table import Table
    from lake.silver.refresh import Refreshed


def bring_up(
    lake: LakeResource, session: Session, contract: Contract, feed: Feed, tags: Mapping[str, str]
) -> "Refreshed":
    """What was done, rows of bronze and dead letters together; a replay that was killed is completed."""
    from lake.silver.refresh import refresh
    from lake.silver.replay import finish_replay, replay

    store, key, name = lake.lake(), lake.pseudonym_key, f"silver/{contract.name}"
    migrate = name in to_migrate(tags)
    if migrate and MIGRATE_FROM in tags:
        _go_back(store.table(contract), int(tags[MIGRATE_FROM]), feed)
    in_full = asks_for_silver(tags)
    engine = lake.engine_of_silver()
    done = refresh(store, session, contract, feed, pseudonym_key=key, in_full=in_full, migrate=migrate, engine=engine)
    if asks_for_replay(tags, name):
        again = replay(store, session, contract, feed, pseudonym_key=key)
        batch, seconds = done.batch + again.batch, done.seconds + again.seconds
        return replace(done, version=again.version, batch=batch, totals=again.totals, seconds=seconds)
    if done.replays:
        finish_replay(store, session, contract, feed, pseudonym_key=key)
    return done


def _go_back(table: "Table", version: int, feed: Feed) -> None:
    """Carry the rows of the version over; a table that fits its contract, after a kill perhaps, is left alone."""
    from lake.migrate import is_due, rewrite_from
    from lake.silver.bronze_files import position_app

    if is_due(table):
        rewrite_from(table, version, position_app(feed))
