"""Partial publication: sets of tables that a short run brings up to date and publishes beside a whole run.

A set is consistent in itself: its tables are computed from each other as the run finds them and, outside the set, from
what is published. The job's tag names the set. ADR 0017 says what two runs at once see of each other.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from resources.lake import PUBLISHES_TAG

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from lake.lakehouse import Lake

# What follows from events of the outside up to the alerts. The rest of gold follows with the next whole run.
SIGNALS = (
    "bronze/signal_events",
    "silver/signals",
    "silver/reviews",
    "silver/mentions",
    "silver/competitor_prices",
    "gold/fct_signal_day",
    "gold/mart_signal_coverage",
    "gold/triggers",
    "gold/alert_facts",
    "gold/alert_events",
    "gold/alerts",
    "gold/mart_alerts",
)
VIEWS = ("staging/stg_signals", "staging/stg_releases", "staging/stg_tracks")


class OutsideSetError(ValueError):
    """A partial run has written a table that is not in its set."""


def tags_for_set(tables: Collection[str]) -> dict[str, str]:
    """The tag of a run or job that publishes these tables only."""
    return {PUBLISHES_TAG: ",".join(sorted(tables))}


def check_inside(tags: Mapping[str, str], written: Collection[str]) -> None:
    """Refuse to publish what a partial run has written outside its set.

    Raises:
        OutsideSetError: it names the tables.
    """
    if PUBLISHES_TAG in tags and (outside := set(written) - set(tags[PUBLISHES_TAG].split(","))):
        raise OutsideSetError(
            f"a partial run wrote {', '.join(sorted(outside))}, which its set lacks; add them to the set or select less"
        )


def written_by_whole_run(instance: "DagsterInstance", store: "Lake", tables: Collection[str]) -> str | None:
    """The id of an unfinished whole run that has written one of the tables and not published it yet; None without.

    A partial run leaves the tables to it: its own versions would take the place of that run's, made of older inputs.
    """
    from lake.delta.sessions import unpublished_work

    owners = unpublished_work(store.root, tables, store.published())
    for run_id in sorted(owners):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished and PUBLISHES_TAG not in run.tags:
            return run_id
    return None
