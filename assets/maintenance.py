"""Upkeep of the lake, as a job: it changes no row, so it is no asset."""

import datetime as dt

from dagster import MarkdownMetadataValue, OpExecutionContext, job, op

from resources.lake import LakeParam

# A run that this instance does not know may be another instance's: after this long it is taken for gone.
ABANDONED_DAYS = 7


@op(description="Give back the pins of runs that have ended, compact, checkpoint, vacuum.")
def maintain_lake(context: OpExecutionContext, lake: LakeParam) -> None:
    """Look after every table; readers and runs that are under way keep their files."""
    from lake.delta.sessions import open_sessions
    from lake.maintenance import maintain

    store = lake.lake()
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=ABANDONED_DAYS)
    for run_id, pinned_at in open_sessions(store.root).items():
        run = context.instance.get_run_by_id(run_id)
        if run.is_finished if run else pinned_at < long_ago:
            store.session(run_id).close()
    lines = ["| table | files merged | files deleted | version |", "|---|---|---|---|"]
    lines += [f"| {one.table} | {one.compacted} | {one.vacuumed} | {one.version} |" for one in maintain(store)]
    context.add_output_metadata({"tables": MarkdownMetadataValue("\n".join(lines))})


@job(description="Upkeep of every table: compaction, checkpoints, vacuum.")
def maintenance() -> None:
    """The weekly upkeep."""
    maintain_lake()
