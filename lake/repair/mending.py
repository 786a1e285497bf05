"""Mending: every damaged table is set aside and begun anew, so that a run can fill it again.

Nothing is changed where rows would be lost, unless that is accepted. What a repair has set out to do stays on record
(:mod:`lake.repair.unfinished`) until its run has ended well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lake.dead_letters import DEAD_LETTERS, expired_app, rewrite_letters
from lake.delta.commits import with_retries
from lake.delta.storage import LOG, newest_version
from lake.delta.table import Table
from lake.ingest.landing.ledger import LANDED_FILES
from lake.lakehouse import PUBLISHED, Lake
from lake.repair.anew import Shape, begin_anew, folder_aside, readable_rows, stored_shape
from lake.repair.damage import HINT, Damage
from lake.repair.ledger import forget_files, gone_files, ledger_rows, streamed
from lake.repair.unfinished import begin

if TYPE_CHECKING:
    from deltalake import DeltaTable

LETTERS_KEY = f"bronze/{DEAD_LETTERS.name}"
PUBLISHED_KEY, LEDGER_KEY = f"lake/{PUBLISHED.name}", f"lake/{LANDED_FILES.name}"


class Source(StrEnum):
    """What a table is made again from."""

    landing = "its landed files"
    bronze = "bronze"
    inputs = "the tables that it is computed from"
    lake = "the other tables"
    rows = "those of its rows that can be read"


@dataclass(frozen=True)
class Job:
    """How one table is made again.

    Attributes:
        source: what from.
        shape: what it is created from; None where only its own log knows.
        landing: of a bronze table, the folder of its landed files.
    """

    source: Source
    shape: Shape | None
    landing: Path | None = None


class RepairError(RuntimeError):
    """The lake cannot be repaired without losing rows; nothing was changed."""


def is_hint(damages: Sequence[Damage]) -> bool:
    """Whether the table itself is sound: the hint to its newest checkpoint can simply go."""
    return all(one.file == HINT for one in damages)


def refuse_losses(
    lake: Lake, damages: Mapping[str, list[Damage]], jobs: Mapping[str, Job], *, accept_loss: bool
) -> None:
    """Raise where rows would be lost.

    Raises:
        RepairError: landed files of bronze have gone, or rows have no other source and their loss is not accepted.
    """
    gone = list(_unreadable_again(lake, damages, jobs))
    if gone:
        raise RepairError(
            "bronze cannot be read again; put the files back, or restore a backup (lacquer restore):\n  "
            + "\n  ".join(gone)
        )
    lost = [key for key, job in jobs.items() if job.source is Source.rows]
    if lost and not accept_loss:
        raise RepairError(
            f"rows of {', '.join(sorted(lost))} have no other source: restore a backup (lacquer restore), or go on "
            "with the rows that can be read by --accept-loss"
        )


def _unreadable_again(lake: Lake, damages: Mapping[str, list[Damage]], jobs: Mapping[str, Job]) -> Iterable[str]:
    for key, job in sorted(jobs.items()):
        if job.landing is None:
            continue
        if LEDGER_KEY not in damages and (files := gone_files(lake, key, job.landing)):
            yield f"{key}: {len(files)} files are no longer in {job.landing}, the first {files[0]}"
        is_log = any(not one.file or one.file.startswith(LOG) for one in damages.get(key, []))
        if not is_log and (messages := streamed(lake, key)):
            yield f"{key}: {messages:,} messages came from topics"


def mend(lake: Lake, damages: Mapping[str, list[Damage]], jobs: Mapping[str, Job], streams: Mapping[str, Path]) -> Path:
    """Set the tables aside and begin each anew; the folder that they were moved to.

    Args:
        lake: the lake, which no run is writing.
        damages: by table.
        jobs: by table; tables without damage among them go along with another.
        streams: every bronze table that landed files fill, with their folder.
    """
    aside = folder_aside(lake)
    reached = {key: _reached(lake, key, damages.get(key, [])) for key in jobs}
    begin(lake, reached)
    if PUBLISHED_KEY in jobs:
        _begin(lake, PUBLISHED_KEY, jobs, damages, aside, reached)
    else:
        lake.withdraw(jobs)
    if LETTERS_KEY in jobs:
        _begin(lake, LETTERS_KEY, jobs, damages, aside, reached)
    else:
        _forget_letters(lake, [key for key, job in jobs.items() if job.source in (Source.landing, Source.bronze)])
    for key in sorted(jobs.keys() - {PUBLISHED_KEY, LETTERS_KEY}):
        _begin(lake, key, jobs, damages, aside, reached)
    for key in streams:
        if key in jobs:
            forget_files(lake, key)
        elif LEDGER_KEY in jobs and Table(lake.path(key)).exists():
            lake.journal(LANDED_FILES).note_new(ledger_rows(lake, key, streams[key]))
    return aside


def _begin(
    lake: Lake,
    key: str,
    jobs: Mapping[str, Job],
    damages: Mapping[str, list[Damage]],
    aside: Path,
    reached: Mapping[str, int],
) -> None:
    job, found = jobs[key], damages.get(key, [])
    rows = readable_rows(lake, key, found, aside) if job.source is Source.rows else None
    shape = job.shape if rows is None else stored_shape(lake, key)
    if shape is not None:
        begin_anew(lake, key, shape, aside, reached=reached[key], rows=rows)
    elif lake.path(key).exists():
        (aside / key).parent.mkdir(parents=True, exist_ok=True)
        lake.path(key).rename(aside / key)


def _reached(lake: Lake, key: str, damages: Sequence[Damage]) -> int:
    return max(newest_version(lake.path(key)), *(one.version for one in damages), -1)


def _forget_letters(lake: Lake, keys: Iterable[str]) -> None:
    """Take the dead letters of the tables away, and the count of those that are gone: all their rows are read again."""
    letters = lake.table(DEAD_LETTERS)
    if not letters.exists():
        return
    for key in keys:
        with_retries(letters.path, partial(_forget, key))


def _forget(key: str, snapshot: DeltaTable) -> None:
    rewrite_letters(snapshot, DEAD_LETTERS.arrow_schema.empty_table(), key, {expired_app(key): 0})
