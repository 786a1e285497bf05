"""Whether the newest days of orders and order lines look like the table's own past.

A warning, not a stop: a campaign or a holiday is unlike the past too. It runs before the publication, so a person can
look before readers see the rows.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetKey,
    asset_check,
)

from lake.quality.measures import CHANGED_LINES, CHANGED_ORDERS, ORDER_LINES, ORDERS, Watched
from resources.lake import LakeParam

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from lake.quality.past import Oddity

CHECK = "like_its_past"
NAMED = 5


def findings(lake: "Lake", versions: Mapping[str, int], watched: Watched) -> "list[Oddity]":
    """What is odd about the days that differ from the published version."""
    from lake.quality.past import fresh_days, oddities

    if watched.table not in versions:
        return []
    old = lake.published().get(watched.table)
    con = lake.connect({watched.table: versions[watched.table]})
    new = f"silver.{watched.name}"
    if old is not None:
        before = lake.connect({watched.table: old}).sql(f"select {watched.day} as day from {new}").to_arrow_table()
        con.register("published_days", before)
    days = fresh_days(con, watched, new, None if old is None else "published_days")
    return oddities(con, watched, new, days)


def _check(*several: Watched) -> AssetChecksDefinition:
    description = (
        "the newest days look like the same weekdays of the eight weeks before: rows, levels, shares, categories"
    )

    @asset_check(asset=AssetKey(several[0].table.split("/")), name=CHECK, description=description)
    def like_its_past(context: AssetCheckExecutionContext, lake: LakeParam) -> AssetCheckResult:
        versions = lake.session(context.run).versions
        found = [odd for watched in several for odd in findings(lake.lake(), versions, watched)]
        found.sort(key=lambda odd: -odd.excess)
        more = f", and {len(found) - NAMED} more" if len(found) > NAMED else ""
        return AssetCheckResult(
            passed=not found,
            severity=AssetCheckSeverity.WARN,
            description="; ".join(map(str, found[:NAMED])) + more if found else "like its past",
            metadata={"oddities": len(found), "days": ", ".join(sorted({str(odd.day) for odd in found}))},
        )

    return like_its_past


order_lines_like_their_past = _check(ORDER_LINES, CHANGED_LINES)
orders_like_their_past = _check(ORDERS, CHANGED_ORDERS)
