"""Committing to Delta so that two writers and a kill leave one truth.

Every write goes through a snapshot that was read beforehand; a writer whose snapshot has gone stale is refused by
Delta and computes its batch anew on a fresh one. What a commit carries beside rows (reading positions, counters, file
identities) are Delta application transactions: atomic with the rows, and kept by checkpoints.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lake.delta.log import share

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable

T = TypeVar("T")

ATTEMPTS = 12
FIRST_PAUSE_S = 0.05
# Taken by every merge and overwrite, so that of two on one snapshot only the first is accepted.
SERIAL = "lacquer.serial"


class CommitConflictError(RuntimeError):
    """Another writer was faster every time; nothing of this write is visible."""


def commit_properties(
    snapshot: DeltaTable, transactions: Mapping[str, int], *, serial: bool, expiring: Mapping[str, int] | None = None
) -> CommitProperties:
    """What a commit carries beside its rows.

    Args:
        snapshot: the table as read before the write; the write must go through this object.
        transactions: application transactions that never expire.
        serial: whether no other serial write may have happened since the snapshot.
        expiring: transactions that a checkpoint may drop after the table's retention.
    """
    from deltalake import CommitProperties, Transaction

    wanted = dict(transactions)
    if serial:
        wanted[SERIAL] = (snapshot.transaction_version(SERIAL) or 0) + 1
    now = int(time.time() * 1000)
    carried = [Transaction(app, version) for app, version in wanted.items()]
    carried += [Transaction(app, version, now) for app, version in (expiring or {}).items()]
    return CommitProperties(app_transactions=carried, max_commit_retries=0 if serial or carried else None)


def with_retries(path: Path, attempt: Callable[[DeltaTable], T], opened: DeltaTable | None = None) -> T:
    """Call ``attempt`` with a fresh snapshot of the table until its commit is accepted.

    Args:
        path: the table's folder.
        attempt: what commits, through the snapshot that it is given.
        opened: the caller's own snapshot, for the first attempt; for what does not depend on what others have written.

    Raises:
        CommitConflictError: after :data:`ATTEMPTS` refusals, with the table named.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import CommitFailedError

    for turn in range(ATTEMPTS):
        snapshot = opened if opened is not None and turn == 0 else DeltaTable(str(path))
        try:
            done = attempt(snapshot)
        except CommitFailedError as conflict:
            if turn + 1 == ATTEMPTS:
                raise CommitConflictError(
                    f"{path.parent.name}/{path.name}: {ATTEMPTS} attempts to commit were overtaken by other writers; "
                    "run again when they are done"
                ) from conflict
            time.sleep(FIRST_PAUSE_S * 1.6**turn * random.uniform(0.5, 1.5))
        else:
            if snapshot is not opened:
                share(path, snapshot)
            return done
    raise AssertionError("unreachable: the loop returns or raises")
