"""One write-back: batch after batch is noted, sent, recorded and published, so that it can end at any instruction.

Only one goes on at a time on a lake; between two batches another one, such as that of a single release, has its turn.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assets.writeback.changes import BUYERS, FORECASTS, Change, as_updates, find_changes
from lake.delta.storage import only_one
from lake.journals import overrides
from lake.journals.writebacks import BEGUN, CONFLICTS, WRITEBACKS, begin, moment, settle
from resources.pim.writing import ABSENT, CONFLICT, OPEN, Delivery, Pim

if TYPE_CHECKING:
    from lake.delta.journal import Journal
    from lake.lakehouse import Lake

WORK = "write-back"


@dataclass
class Sent:
    """What a write-back did: releases and fields by result, where it went, what went wrong."""

    releases: int = 0
    results: Counter[str] = field(default_factory=Counter)
    targets: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def fields(self) -> int:
        """How many fields were recorded."""
        return sum(count for result, count in self.results.items() if result not in (ABSENT, CONFLICT, OPEN))


def write_back(
    lake: "Lake", pim: Pim, run_id: str, *, only: Collection[str] | None = None, say: Callable[[str], None] = print
) -> Sent:
    """Bring the PIM up to the published forecasts.

    Args:
        lake: the lake.
        pim: where to.
        run_id: the run that it is done for.
        only: the releases concerned; None for all.
        say: told after each batch.
    """
    sent = Sent()
    for contract in (WRITEBACKS, CONFLICTS, BEGUN, overrides.OVERRIDES):
        lake.table(contract).create()
    if pim.at_once is None:
        _batch(lake, pim, run_id, only, sent)
        if sent.releases:
            say(f"{sent.releases} releases, {sent.fields} fields recorded")
        return sent
    waiting = list(dict.fromkeys(change.release_id for change in _due(lake, pim, only)))
    for start in range(0, len(waiting), pim.at_once):
        # Asked again: another write-back may have had its turn meanwhile.
        is_down = _batch(lake, pim, run_id, waiting[start : start + pim.at_once], sent)
        say(f"{sent.releases} of {len(waiting)} releases, {sent.fields} fields recorded")
        rest = len(waiting) - start - pim.at_once
        if is_down and rest > 0:
            sent.faults.append(f"{rest} more releases were not begun")
            break
    return sent


def _batch(lake: "Lake", pim: Pim, run_id: str, only: Collection[str] | None, sent: Sent) -> bool:
    """Write what is due of the releases (None: of all) in one delivery; whether the PIM was found to be down."""
    with only_one(lake.root, WORK):
        batch = _due(lake, pim, only)
        if not batch:
            return False
        delivery = _send(lake, pim, batch)
        _record(lake, batch, delivery, run_id)
    _count(sent, batch, delivery)
    return delivery.is_down


def _due(lake: "Lake", pim: Pim, only: Collection[str] | None) -> list[Change]:
    """What is to be written; the record is read at its newest version, whether its run was ever published or not."""
    published = lake.published()
    versions = {key: published[key] for key in (FORECASTS, BUYERS) if key in published}
    tables = (WRITEBACKS, BEGUN, overrides.OVERRIDES)
    versions |= {table.name: table.version() for table in map(lake.table, tables)}
    return find_changes(lake, versions, pim.address, only)


def _send(lake: "Lake", pim: Pim, batch: Sequence[Change]) -> Delivery:
    if pim.address is not None:
        now = dt.datetime.now(dt.UTC)
        common: dict[str, Any] = {"target": pim.address, "begun_at": now}
        begin(lake, [common | {"release_id": one.release_id, "field": one.field, "value": one.new} for one in batch])
    return pim.update_releases(as_updates(batch))


def _record(lake: "Lake", batch: Sequence[Change], delivery: Delivery, run_id: str) -> None:
    """Record what is known now; what is open keeps its note."""
    now = dt.datetime.now(dt.UTC)
    written: list[dict[str, Any]] = []
    conflicts: list[dict[str, Any]] = []
    settled: set[tuple[str, str]] = set()
    for change in batch:
        outcome = delivery.outcome(change.release_id, change.field)
        if outcome.result == OPEN:
            continue
        settled.add((change.release_id, change.field))
        common: dict[str, Any] = {"release_id": change.release_id, "field": change.field, "origin": change.origin}
        common |= {"target": delivery.target, "pim_modified_at": moment(outcome.modified_at)}
        held = None if outcome.value is None else str(outcome.value)
        if outcome.result == CONFLICT:
            more: dict[str, Any] = {"pim_value": held, "our_value": change.new, "last_written": change.old}
            conflicts.append(common | more | {"known_modified_at": moment(change.known_at), "found_at": now})
        elif outcome.result != ABSENT:
            more = {"old_value": change.old, "new_value": change.new, "written_at": now}
            written.append(common | more | {"result": outcome.result, "stored_value": held})
    record, standing = lake.journal(WRITEBACKS), lake.journal(CONFLICTS)
    unknown = _unknown(standing, conflicts)
    versions = {record.table.name: record.note(written), standing.table.name: standing.note(unknown)}
    if lake.table(BEGUN).row_count():
        settle(lake, settled, delivery.target)
    lake.publish(versions, run_id)


def _unknown(record: "Journal", conflicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The conflicts that are not on record yet with this very value of a person."""
    rows = record.select("select release_id, field, arg_max(pim_value, found_at) from journal group by all")
    known = {(release, name): value for release, name, value in rows}
    return [one for one in conflicts if known.get((one["release_id"], one["field"])) != one["pim_value"]]


def _count(sent: Sent, batch: Sequence[Change], delivery: Delivery) -> None:
    sent.releases += len({change.release_id for change in batch})
    sent.results.update(delivery.outcome(change.release_id, change.field).result for change in batch)
    sent.faults += delivery.faults
    if delivery.target not in sent.targets:
        sent.targets.append(delivery.target)
