"""Upkeep of the lake, as a job: it changes no row, so it is no asset."""

from dagster import MarkdownMetadataValue, OpExecutionContext, job, op

from resources.lake import LakeParam


@op(description="Give back the pins of runs that have ended, compact, checkpoint, vacuum; drop old runs.")
def maintain_lake(context: OpExecutionContext, lake: LakeParam) -> None:
    """Look after every table and the history of runs; readers and runs that are under way keep their files."""
    from resources.upkeep import keep_up

    done, runs = keep_up(lake.lake(), context.instance, lake.retention(), lake.run_history_days)
    lines = ["| table | files merged | files deleted | version |", "|---|---|---|---|"]
    lines += [f"| {one.table} | {one.compacted} | {one.vacuumed} | {one.version} |" for one in done]
    context.add_output_metadata({"tables": MarkdownMetadataValue("\n".join(lines)), "runs_deleted": runs})


@job(description="Upkeep of every table: compaction, checkpoints, vacuum.")
def maintenance() -> None:
    """The weekly upkeep."""
    maintain_lake()
