"""Machines that work on one lake in object storage; run as a program, machine one is killed before it has pushed."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from lake.ingest.inbox.opening import Access, open_store
from lake.lakehouse import Lake
from lake.remote.objects import Objects
from lake.remote.place import copy_root
from lake.remote.working_copy import WorkingCopy
from tests.lake_builders import loaded, rows, stated


class Machines:
    """Working copies of one lake, each in a folder that stands for a machine."""

    def __init__(self, access: Access, address: str, folder: Path) -> None:
        self.objects = Objects(address, open_store(address, access))
        self.address, self.folder = address, folder
        self.messages: list[str] = []

    def machine(self, name: str, **given: Any) -> WorkingCopy:
        root = copy_root(self.address, self.folder / name)
        return WorkingCopy(self.objects, root, self.messages.append, **given)

    def ids(self, name: str) -> list[str]:
        """The orders that a machine reads after it has refreshed."""
        copy = self.machine(name)
        copy.refresh()
        lake = Lake(copy.root)
        return [row["order_id"] for row in rows(lake, "silver/lines")] if lake.published() else []


def add(lake: Lake, order_id: str) -> None:
    """A run: one file lands, and its order line is published."""
    loaded(lake, [stated(int(order_id), order_id=order_id)])
    lake.publish(lake.versions(), f"run {order_id}")


def be_killed(machines: Machines) -> None:
    """Add order 2 as machine one, and end as by kill -9 before it is pushed."""
    copy = machines.machine("one")
    with copy.writing(wait_s=0):
        add(Lake(copy.root), "2")
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    address, folder, *given = sys.argv[1:]
    be_killed(Machines(Access(*(one or None for one in given)), address, Path(folder)))
