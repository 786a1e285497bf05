"""Follow the lake's publications, and hand out readers of the newest one.

The process looks five times a second whether the table of publications has a new version, which costs microseconds. A
new state is opened beside the old one and then takes its place; whoever holds a reader of the old state keeps it.
"""

import logging
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from lake.delta.views import reading_connection, snapshot_sql
from lake.lakehouse import PUBLISHED
from serving.queries.reader import PublishedState, Reader
from serving.queries.scopes import WHOLE, Scope

if TYPE_CHECKING:
    from lake.lakehouse import Lake

LOOK_S = 0.2
MOST_SCOPES = 32  # scopes kept open per state; the longest unused is closed first
log = logging.getLogger(__name__)


def read_state(lake: "Lake") -> PublishedState:
    """The newest published state; number -1 where nothing is published."""
    table = lake.table(PUBLISHED)
    number = table.version()
    if number < 0:
        return PublishedState(-1, {}, None)
    sql = f"select table_name, version, published_at from ({snapshot_sql(table.shared(number))})"
    rows = reading_connection().execute(sql).fetchall()
    return PublishedState(number, {name: version for name, version, _ in rows}, max((r[2] for r in rows), default=None))


class Publications:
    """The newest published state of a lake, as readers by scope."""

    def __init__(self, lake: "Lake") -> None:
        self.lake = lake
        self._lock = threading.Lock()
        self._readers: OrderedDict[Scope, Reader] = OrderedDict()
        self._state: PublishedState | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.looked_at = 0.0

    def reader(self, scope: Scope = WHOLE) -> Reader:
        """The reader of the newest known state for a scope."""
        if self._state is None:
            self.refresh()
        with self._lock:
            if scope not in self._readers:
                assert self._state is not None
                self._readers[scope] = Reader(self.lake, self._state, scope)
                while len(self._readers) > MOST_SCOPES:
                    self._readers.popitem(last=False)
            self._readers.move_to_end(scope)
            return self._readers[scope]

    @property
    def number(self) -> int:
        """The number of the newest known state; -1 where nothing is published, or before the first look."""
        return -1 if self._state is None else self._state.number

    def refresh(self) -> bool:
        """Look for a new publication and take it up; whether there was one."""
        number = self.lake.table(PUBLISHED).version()
        self.looked_at = time.monotonic()
        if self._state is not None and self._state.number == number:
            return False
        state = read_state(self.lake)
        whole = Reader(self.lake, state)
        with self._lock:
            self._state, self._readers = state, OrderedDict({WHOLE: whole})
        return True

    @property
    def is_following(self) -> bool:
        """Whether a thread follows the lake."""
        return self._thread is not None

    def start(self) -> None:
        """Follow the lake in a thread."""
        self._thread = threading.Thread(target=self._follow, name="publications", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()
        if self._thread:
            self._thread.join()

    def _follow(self) -> None:
        while not self._ended.wait(LOOK_S):
            try:
                self.refresh()
            except Exception:  # the thread must go on; readiness reports the age of the last look
                log.exception(
                    "the published state of %s could not be read; readers keep the one they have", self.lake.root
                )
