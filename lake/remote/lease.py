"""Who works on a lake in object storage: one machine at a time; the others wait.

A lease spares work, and decides nothing: a holder that was away for too long finds at its next state that another
machine has created it. Nobody's clock is compared with another's: a lease has run out when its content has not changed
for `RUNS_OUT_S` of the observer's own clock.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from lake.remote.objects import RemoteError
from lake.remote.sequence import Sequence

RUNS_OUT_S = 60.0
LOOKS_EVERY_S = 1.0


class HeldError(RemoteError):
    """Another machine works on the lake."""


@dataclass
class Lease:
    """The right of one working copy to write.

    Attributes:
        leases: those of the lake.
        holder: the working copy; all its processes share the lease.
        who: how people know it.
    """

    leases: Sequence
    holder: str
    who: str
    number: int = field(default=0, init=False)

    def acquire(self, wait_s: float, on_wait: Callable[[str], None], runs_out_s: float) -> None:
        """Hold the lease; wait while another machine holds it.

        Args:
            wait_s: for how long at most.
            on_wait: is called once with who holds it.
            runs_out_s: after how long without renewal it is taken over.

        Raises:
            HeldError: it was held all the time.
        """
        began = changed = time.monotonic()
        seen: tuple[int, bytes] | None = None
        while True:
            newest = self.leases.newest()
            number, content = newest or (0, b"{}")
            lease = json.loads(content)
            if lease.get("holder") == self.holder and lease.get("held"):
                self.number = number
                return
            now = time.monotonic()
            if newest != seen:
                waits, changed, seen = seen is not None, now, newest
                if lease.get("held") and not waits:
                    on_wait(lease["who"])
            if not lease.get("held") or now - changed > runs_out_s:
                if self.leases.create(number + 1, self._content(held=True)):
                    self.number = number + 1
                    self.leases.tidy()
                    return
            elif now - began > wait_s:
                raise HeldError(
                    f"lake {self.leases.objects.address}: {lease['who']} works on it; wait until it has ended, "
                    "or look with commands that only read"
                )
            time.sleep(LOOKS_EVERY_S)

    def is_held(self) -> bool:
        """Whether this working copy is who may write."""
        newest = self.leases.newest()
        lease = json.loads(newest[1]) if newest else {}
        if newest is None or lease.get("holder") != self.holder or not lease.get("held"):
            return False
        self.number = newest[0]
        return True

    def renew(self) -> None:
        """Show that the holder is still there."""
        self.leases.objects.write(self.leases.name(self.number), self._content(held=True))

    def release(self) -> None:
        """Let the next one in."""
        self.leases.objects.write(self.leases.name(self.number), self._content(held=False))

    def _content(self, held: bool) -> bytes:
        beat = uuid.uuid4().hex
        return json.dumps({"holder": self.holder, "who": self.who, "held": held, "beat": beat}).encode()
