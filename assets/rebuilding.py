"""How a run is asked to build again what its cursors say is up to date: by tags, which the UI shows and a rerun keeps.

`lacquer/rebuild` is `gold` or `silver`. With gold, `lacquer/rebuild_from` and `lacquer/rebuild_to` (YYYY-MM-DD, first
days of months, both included) name the months; without them all of gold is built again.

`lacquer/migrate` names tables that are carried over to their contract where they contradict it, `lacquer/migrate_from`
the version from which on changes are read again (else from the first). `lacquer/replay` names tables, or `*`, whose
dead letters are judged again. Names are `layer/table`, with commas between them.
"""

import datetime as dt
from collections.abc import Mapping

from lake.gold.rebuild import Asked, Months

REBUILD, FROM, TO = "lacquer/rebuild", "lacquer/rebuild_from", "lacquer/rebuild_to"
GOLD, SILVER = "gold", "silver"
MIGRATE, MIGRATE_FROM = "lacquer/migrate", "lacquer/migrate_from"
REPLAY, EVERY = "lacquer/replay", "*"


def tags_for(months: Months | None, *, silver: bool) -> dict[str, str]:
    """The tags that ask for the rebuild."""
    tags = {REBUILD: SILVER if silver else GOLD}
    return tags | ({FROM: months.first.isoformat(), TO: months.last.isoformat()} if months else {})


def asks_for_silver(tags: Mapping[str, str]) -> bool:
    """Whether the run rebuilds silver in full from bronze."""
    return tags.get(REBUILD) == SILVER


def asks_for_replay(tags: Mapping[str, str], table: str) -> bool:
    """Whether the run judges the dead letters of the table again."""
    named = tags.get(REPLAY, "").split(",")
    return EVERY in named or table in named


def to_migrate(tags: Mapping[str, str]) -> list[str]:
    """The tables that the run carries over to their contracts."""
    return [name for name in tags.get(MIGRATE, "").split(",") if name]


def asked_of_gold(tags: Mapping[str, str]) -> Asked | None:
    """What the run rebuilds in gold whatever the cursors say; None for an ordinary run."""
    if REBUILD not in tags:
        return None
    if FROM not in tags:
        return Asked(None)
    return Asked(Months(dt.date.fromisoformat(tags[FROM]), dt.date.fromisoformat(tags[TO])).all())
