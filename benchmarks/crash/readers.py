"""Readers of the published state while processes die: each must see one whole run, the same in each layer."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path

from benchmarks.crash.verdict import BRONZE, SILVER, rows
from benchmarks.crash.work import SUMS

PAUSE_S = 0.5


class Readers:
    """So many threads that read the published state over and over.

    Args:
        root: the lake.
        count: of threads.
        whole: figures of the states that runs may leave, with the rows of bronze then; grows as days are landed.
    """

    def __init__(self, root: Path, count: int, whole: Mapping[tuple[int, int], int]) -> None:
        self.reads = self.mixed = self.unreadable = 0
        self._root, self._whole, self._seen = root, whole, False
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._go, daemon=True) for _ in range(count)]
        for one in self._threads:
            one.start()

    def look(self) -> None:
        """Read once, and note what was seen."""
        mixed = unreadable = 0
        try:
            if (self._root / "lake" / "published").is_dir():
                mixed = not self._is_whole()
            for path in (self._root / "outbox").glob("*.json"):
                json.loads(path.read_text())
        except Exception:
            unreadable = 1
        with self._lock:
            self.reads += 1
            self.mixed += mixed
            self.unreadable += unreadable

    def end(self) -> None:
        """Stop reading."""
        self._stop.set()
        for one in self._threads:
            one.join()

    def _go(self) -> None:
        while not self._stop.wait(PAUSE_S):
            self.look()

    def _is_whole(self) -> bool:
        from lake.delta.storage import newest_version

        state = newest_version(self._root / "lake" / "published")
        versions = dict(rows(self._root, "lake/published", "table_name, version", state)) if state >= 0 else {}
        if not versions:
            return not self._seen
        self._seen = True
        if not {BRONZE, SILVER, SUMS} <= versions.keys():
            return False
        alive = "count(*) filter (not is_deleted), sum(value) filter (not is_deleted)"
        ((count, total),) = rows(self._root, SILVER, alive, versions[SILVER])
        sums = rows(self._root, SUMS, "keys, total", versions[SUMS])
        ((landed,),) = rows(self._root, BRONZE, "count(*)", versions[BRONZE])
        return sums == [(count, total)] and self._whole.get((count, int(total or 0))) == landed
