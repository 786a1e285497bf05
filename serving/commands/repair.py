"""`lacquer repair`: name what is damaged, and make it again from the layer below."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.run import BACKTEST, OWN_DATA
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    from collections.abc import Collection

    from lake.lakehouse import Lake

# What fetches something new, which a repair of what is there does not.
LANDING = ("lake/erp_pulls",)
DryOption = Annotated[bool, typer.Option("--dry-run", help="Only name what is damaged; exit code 1 if anything is.")]
LossOption = Annotated[
    bool, typer.Option("--accept-loss", help="Go on where rows have no other source than a file that cannot be read.")
]


def repair(lake: LakeOption = None, dry_run: DryOption = False, accept_loss: LossOption = False) -> None:
    """Find tables, logs and data files that cannot be read, and rebuild their tables from the layer below.

    Bronze is read again from landed files, silver from bronze, gold from silver; the ledger of landed files from
    bronze. Readers do not see a damaged table until it is whole. Damaged files are kept in LAKE/damaged. End runs and
    the daemon first; a repair that was killed is finished by the same call.

    [bold]Examples[/bold]

    lacquer repair --dry-run

    lacquer repair --lake lakes/wholesaler
    """
    from lake.delta.storage import only_one
    from lake.lakehouse import Lake
    from lake.repair.damage import examine, summary

    began = time.monotonic()
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.root.is_dir():
        fail(f"no lake at {store.root}: name one with --lake")
    with only_one(store.root, "repair"):
        examined = examine(store)
        lines = summary(examined.damages)
        for line in lines:
            print(f"damaged: {line}")
        if not examined.damages:
            print(f"{examined.tables} tables, {examined.files:,} files: nothing is damaged")
        elif dry_run:
            fail(f"{len(lines)} tables of {store.root} are damaged; lacquer repair makes them again")
        else:
            _repair(store, examined.damages, began, accept_loss=accept_loss)


def _repair(store: "Lake", damages: "Collection[object]", began: float, *, accept_loss: bool) -> None:
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.repairing import jobs_for, landing_folders
    from lake.repair.damage import HINT, Damage
    from lake.repair.mending import RepairError, is_hint, mend, refuse_losses
    from lake.repair.unfinished import finish

    by_table: dict[str, list[Damage]] = {}
    for one in damages:
        assert isinstance(one, Damage)
        by_table.setdefault(one.table, []).append(one)
    for key in [key for key, found in by_table.items() if is_hint(found)]:
        (store.path(key) / HINT).unlink()
        print(f"mended: {key}: the hint to its newest checkpoint is gone, which nothing needs")
        del by_table[key]
    if not by_table:
        return
    jobs = jobs_for(store, by_table)
    with explained(RepairError):
        refuse_losses(store, by_table, jobs, accept_loss=accept_loss)
    aside = mend(store, by_table, jobs, landing_folders(store))
    for key, job in jobs.items():
        print(f"rebuilding {key} from {job.source.value}")
    print(f"what was damaged is kept in {aside}")
    _fill(store, set(jobs), began)
    unpublished = {key: version for key, version in store.versions().items() if key not in store.published()}
    store.publish({key: version for key, version in unpublished.items() if not key.startswith("lake/")}, "repair")
    finish(store)


def _fill(store: "Lake", keys: set[str], began: float) -> None:
    """Run what fills the tables, and everything that rests on them, in full."""
    from assets.bronze import STREAMS
    from assets.rebuilding import tags_for
    from serving.runs.graph import run_graph

    if not keys & {"lake/published"} and all(key.startswith("lake/") for key in keys):
        return
    of_bronze = any(key.startswith("bronze/") for key in keys)
    whole = of_bronze or "lake/published" in keys
    bronze = () if whole else tuple(f"bronze/{name}" for name in STREAMS)
    leave_out = (*bronze, *LANDING, *(key for key in BACKTEST if key not in keys))
    run_graph(store, OWN_DATA, began, tags=tags_for(None, silver=of_bronze), leave_out=leave_out)
