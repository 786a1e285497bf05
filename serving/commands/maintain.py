"""`lacquer maintain`: compaction, checkpoints, vacuum by retention, and Dagster's history of runs."""

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings


def maintain(lake: LakeOption = None) -> None:
    """Look after the lake: merge small files, write checkpoints, delete what no version in use needs and is old enough.

    How old is set by layer (LACQUER_RETENTION_GOLD_DAYS and so on, 30 days by default); within it an earlier version
    can be read and reproduced. Published and pinned versions stay, and of bronze what a consumer has yet to read. Ended
    runs leave Dagster's storage after LACQUER_RUN_HISTORY_DAYS. Runs and readers may go on meanwhile. While the daemon
    runs, the job maintenance does the same on Sundays.

    [bold]Examples[/bold]

    lacquer maintain

    LACQUER_RETENTION_SILVER_DAYS=7 lacquer maintain --lake lakes/wholesaler
    """
    from lake.lakehouse import Lake
    from resources.lake import LakeResource
    from resources.upkeep import keep_up
    from serving.runs.execution import dagster_instance

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.keys():
        fail(f"no table in {store.root}: name a lake with --lake")
    settings = LakeResource.from_settings(current_settings(lake=store.root))
    with dagster_instance() as instance:
        done, runs = keep_up(store, instance, settings.retention(), settings.run_history_days)
    merged, deleted = sum(one.compacted for one in done), sum(one.vacuumed for one in done)
    print(f"{len(done)} tables: {merged:,} files merged, {deleted:,} deleted; {runs:,} runs left Dagster's storage")
