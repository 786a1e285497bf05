"""`lacquer forget`: a buyer's number and personal data leave the lake and what stands beside it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from lake.erasure.identity import Identity
    from lake.lakehouse import Lake

BuyerArgument = Annotated[str, typer.Argument(metavar="BUYER_ID", help="Number of the buyer, as in dim_buyer.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")]
KEPT = 20


def forget(buyer_id: BuyerArgument, lake: LakeOption = None, yes: YesOption = False) -> None:
    """Remove a buyer's number and personal data from the lake; its orders stay under a random substitute.

    Rewritten are landed files, every table, reports, outboxes, features and the operational database; exports and other
    files that can be made again are deleted where they name the buyer. Older versions of the tables are deleted at
    once. Dagster runs whose events name the buyer are deleted. Then everything is searched.

    Erase the buyer in the ERP first, or the next delivery brings it back. Backups keep it until they are deleted.

    [bold]Examples[/bold]

    lacquer forget B00017 --lake lakes/demo

    lacquer forget B00017 --yes
    """
    from assets.silver.buyers import personal_fields
    from lake.erasure.forget import forget as forgotten
    from lake.erasure.landing import ErasureError
    from lake.lakehouse import Lake
    from serving.runs.execution import dagster_instance

    began, settings = time.monotonic(), current_settings()
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.published():
        fail(f"nothing is published in {store.root}, so there is nobody to forget")
    if not yes:
        typer.confirm(f"Forget buyer {buyer_id} in {store.root}? It cannot be undone.", abort=True)
    key = settings.pseudonym_key.get_secret_value() if settings.pseudonym_key else None
    with dagster_instance() as instance:
        _close_finished(store, instance)
        beside = operational_files(store.root)
        with explained(ErasureError, ValueError):
            done = forgotten(
                store,
                buyer_id,
                personal_fields=personal_fields(),
                feed=("erp_changes", "buyers"),
                pseudonym_key=key,
                beside=beside,
            )
        runs = _delete_runs(instance, done.identity)
    for table, count in sorted(done.rows.items()):
        print(f"{table}: {count:,} rows")
    for one in done.landed:
        print(f"{one.file.path}: rewritten")
    for other in done.files:
        print(f"{other.path}: {other.action}")
    print(f"Dagster: {runs:,} runs deleted")
    _search(store, done.identity, [*beside, *_dagster_files()])
    seconds = time.monotonic() - began
    print(f"nothing names the buyer any more; {done.purged_bytes:,} bytes of older versions deleted, {seconds:.1f} s")


def _search(store: "Lake", identity: "Identity", beside: list[Path]) -> None:
    from lake.erasure.search import traces

    found = [f"{path}: {place}" for path, place in traces(store, identity, beside)]
    if found:
        fail("the buyer is still named; call again, or delete these files:\n  " + "\n  ".join(found[:KEPT]))


def operational_files(root: Path) -> list[Path]:
    """The operational SQLite database beside the lake; none where it is on a server."""
    from resources.database import default_address

    if current_settings().database:
        print("the operational database is on a server (LACQUER_DATABASE) and is not searched: see the guide")
        return []
    file = Path(default_address(root).removeprefix("sqlite:///"))
    return [file] if file.is_file() else []


def _close_finished(store: "Lake", instance: "DagsterInstance") -> None:
    """Give back the pins of runs that have ended."""
    from lake.delta.sessions import open_sessions

    for run_id in open_sessions(store.root):
        run = instance.get_run_by_id(run_id)
        if run is not None and run.is_finished:
            store.session(run_id).close()


def _delete_runs(instance: "DagsterInstance", identity: "Identity") -> int:
    """Delete the runs whose events name the buyer, and compact what they lay in."""
    import sqlite3

    count = 0
    for run in instance.get_runs():
        events = (str(event) for event in instance.all_logs(run.run_id))
        if any(identity.rewrite(line) != line for event in events for line in event.split("\n")):
            instance.delete_run(run.run_id)
            count += 1
    for path in _dagster_files() if count else ():
        if path.suffix == ".db":
            con = sqlite3.connect(path, timeout=30, isolation_level=None)
            con.execute("vacuum")
            con.execute("pragma wal_checkpoint(truncate)")
            con.close()
    return count


def _dagster_files() -> Iterator[Path]:
    """Dagster's own storage: databases of runs and events, logs of steps."""
    home = Path(os.environ["DAGSTER_HOME"])
    for name in ("history", "storage", "schedules", "logs"):
        yield from (path for path in sorted((home / name).rglob("*")) if path.is_file())
