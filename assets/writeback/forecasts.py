"""Forecasts written back to the PIM, and the record of it.

Only published forecasts of the newest origin go out, and only fields whose value differs from what was last written; a
run that is repeated writes nothing. What a person has put into a field since we last wrote it is left as it is and
becomes a conflict; clear the field in the PIM, and the next write-back fills it again.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    MarkdownMetadataValue,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from assets.asked_releases import asked_releases
from assets.contracts import table_spec
from assets.publishing import PUBLISHED
from assets.writeback.changes import FORECASTS
from lake.contract import Contract
from lake.journals.writebacks import CONFLICTS, WRITEBACKS
from resources.lake import LakeParam
from resources.pim.writing import Pim

if TYPE_CHECKING:
    from assets.writeback.sending import Sent
    from lake.lakehouse import Lake

WRITEBACKS_KEY, CONFLICTS_KEY = (AssetKey([contract.layer, contract.name]) for contract in (WRITEBACKS, CONFLICTS))
NONE_OPEN = "none_open"
# A conflict is open until its field was written again, or found to hold what it should.
_OPEN = """
with latest as (
  from gold.writeback_conflicts qualify row_number() over (partition by release_id, field order by found_at desc) = 1
)
select c.release_id, c.field, c.pim_value, c.our_value, c.pim_modified_at from latest c
anti join gold.writebacks w on w.release_id = c.release_id and w.field = c.field and w.written_at > c.found_at
order by c.found_at desc, c.release_id, c.field
"""
SHOWN = 50


class WriteBackIncompleteError(RuntimeError):
    """Some fields are neither written nor known to need no writing; the next write-back looks at them first."""


def _spec(contract: Contract, said: str | None) -> AssetSpec:
    return table_spec(contract, [PUBLISHED], said, group="writeback", kinds={"delta", "pimcore"}, code_version="2")


@multi_asset(
    name="writebacks",
    specs=[
        _spec(WRITEBACKS, __doc__),
        _spec(CONFLICTS, "What people have put into forecast fields, and was not written over."),
    ],
    check_specs=[
        AssetCheckSpec(NONE_OPEN, asset=CONFLICTS_KEY, description="no person's value stands in a forecast's place")
    ],
)
def writebacks(
    context: AssetExecutionContext, lake: LakeParam, pim: ResourceParam[Pim]
) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Hand the changed forecasts to the PIM, record each field, and show what people hold against it."""
    from assets.writeback.sending import Sent, write_back

    store = lake.lake()
    if FORECASTS not in store.published():
        for key in (WRITEBACKS_KEY, CONFLICTS_KEY):
            yield MaterializeResult(asset_key=key, metadata={"releases": 0, "reason": "no forecast is published yet"})
        yield AssetCheckResult(passed=True, asset_key=CONFLICTS_KEY, check_name=NONE_OPEN)
        return
    sent: Sent = write_back(store, pim, context.run.run_id, only=asked_releases(context.run.tags), say=context.log.info)
    if sent.faults:
        for fault in sent.faults:
            context.log.error(fault)
        raise WriteBackIncompleteError(_said(sent))
    # Not the published ones: of a lake without a single forecast to write, neither was ever published.
    versions = {table.name: table.version() for table in (store.table(WRITEBACKS), store.table(CONFLICTS))}
    yield MaterializeResult(
        asset_key=WRITEBACKS_KEY,
        metadata={
            "releases": sent.releases,
            "fields": sent.fields,
            **{result.replace(" ", "_"): count for result, count in sorted(sent.results.items())},
            "target": ", ".join(sent.targets),
            "delta_version": versions["/".join(WRITEBACKS_KEY.path)],
        },
    )
    yield from _conflicts(store, versions)


def _conflicts(store: "Lake", versions: dict[str, int]) -> Iterator[MaterializeResult | AssetCheckResult]:
    keys = ["/".join(key.path) for key in (WRITEBACKS_KEY, CONFLICTS_KEY)]
    rows = store.connect({key: versions[key] for key in keys}).execute(_OPEN).fetchall()
    lines = ["| release | field | a person's value | the forecast | changed at |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows[:SHOWN]]
    yield MaterializeResult(
        asset_key=CONFLICTS_KEY,
        metadata={
            "open": len(rows),
            "conflicts": MarkdownMetadataValue("\n".join(lines)),
            "delta_version": versions[keys[1]],
        },
    )
    yield AssetCheckResult(
        asset_key=CONFLICTS_KEY,
        check_name=NONE_OPEN,
        passed=not rows,
        severity=AssetCheckSeverity.WARN,
        metadata={"open": len(rows)},
        description=(
            f"{len(rows)} fields hold a person's value and were not written, first: {rows[0][0]} {rows[0][1]} = "
            f"{rows[0][2]}; clear them in the PIM to have the forecast there again"
            if rows
            else "no conflict is open"
        ),
    )


def _said(sent: "Sent") -> str:
    """What went wrong, and how far it came."""
    more = f", and {len(sent.faults) - 3} more" if len(sent.faults) > 3 else ""
    return (
        f"the write-back is not complete: {'; '.join(sent.faults[:3])}{more}; {sent.fields} fields are recorded, "
        "run it again for the rest"
    )
