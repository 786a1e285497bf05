"""Outside sources as assets: one file per family, which lands events for bronze to take in. Nothing is parsed here.

They have a job and a schedule of their own and are no part of the main job: a service that is down must not hold up
what is there. What they land, the landing sensor sees. To add a family, write a file with a call of ``outside_family``.
"""

import datetime as dt
from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetsDefinition, Failure, MarkdownMetadataValue, MaterializeResult, asset

from resources.outside.fetching import OutsideParam, Report, of_family
from resources.outside.source import Family

GROUP = "outside"


def outside_family(family: Family, description: str | None) -> AssetsDefinition:
    """The asset that fetches a family's sources, described by the docstring of its module."""

    @asset(
        key=["outside", family],
        group_name=GROUP,
        kinds={"http", "json"},
        owners=["team:data-engineering"],
        description=(description or "").strip(),
        output_required=False,
        code_version="1",
    )
    def outside_asset(context: AssetExecutionContext, outside: OutsideParam) -> Iterator[MaterializeResult]:
        configured = outside.configured()
        for name, variables in configured.lacking.items():
            context.log.warning(f"{name} is left out: set {', '.join(variables)}")
        sources = of_family(configured.sources, family)
        if not sources:
            context.log.info(f"no source of {family} is configured: name some in the file of LACQUER_SOURCES")
            return
        reports = list(outside.fetch(sources, dt.datetime.now(dt.UTC).replace(microsecond=0)))
        for report in reports:
            for note in report.notes:
                context.log.warning(f"{report.source}: {note}")
        if faults := [fault for report in reports for fault in report.faults]:
            landed = sum(report.events for report in reports)
            raise Failure(f"{len(faults)} faults (what came whole has landed, {landed} events): {' | '.join(faults)}")
        yield MaterializeResult(metadata=_told(reports))

    return outside_asset


def _told(reports: list[Report]) -> dict[str, int | MarkdownMetadataValue]:
    """What the asset's page says about a fetch."""
    lines = ["| source | items | new events | landed as | notes |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.source} | {one.items} | {one.events} | {', '.join(file.name for file in one.files) or 'nothing new'} "
        f"| {'; '.join(one.notes)} |"
        for one in reports
    ]
    return {"events": sum(one.events for one in reports), "sources": MarkdownMetadataValue("\n".join(lines))}
