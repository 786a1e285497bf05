"""What the process remembers of each host: when its next turn is, how often it failed, whether it is left alone.

A circuit breaker per host: closed while it answers, open after some failed requests in a row, then half open, when one
request decides. The state is shared by all callers of the process and lost with it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class _Host:
    next_turn: float = 0.0
    failures: int = 0
    open_until: float | None = None
    is_probed: bool = False


@dataclass
class Hosts:
    """The hosts of a process, by origin (``https://api.example.org``). Times are of ``clock``, in seconds."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_turn(self, origin: str, interval_s: float) -> None:
        """Sleep until the host may be called again, and take that turn."""
        with self._lock:
            host = self._hosts.setdefault(origin, _Host())
            now = self.clock()
            turn = max(now, host.next_turn)
            host.next_turn = turn + interval_s
        if turn > now:
            self.sleep(turn - now)

    def pause(self, origin: str, seconds: float) -> None:
        """Give nobody a turn at the host for so long."""
        with self._lock:
            host = self._hosts.setdefault(origin, _Host())
            host.next_turn = max(host.next_turn, self.clock() + seconds)

    def leave_alone(self, origin: str, seconds: float) -> None:
        """Open the circuit for so long."""
        with self._lock:
            host = self._hosts.setdefault(origin, _Host())
            host.open_until = max(host.open_until or 0.0, self.clock() + seconds)

    @contextmanager
    def admission(self, origin: str) -> Iterator["Admission"]:
        """Whether a request to the host may begin; what it reports decides about those that follow."""
        with self._lock:
            host = self._hosts.setdefault(origin, _Host())
            wait = 0.0 if host.open_until is None else host.open_until - self.clock()
            is_probe = host.open_until is not None and wait <= 0 and not host.is_probed
            if host.is_probed and wait <= 0:
                wait = 1.0
            host.is_probed = host.is_probed or is_probe
        admission = Admission(wait_s=max(0.0, wait), is_probe=is_probe)
        try:
            yield admission
        finally:
            with self._lock:
                if is_probe:
                    host.is_probed = False
                self._learn(host, admission)

    def _learn(self, host: _Host, admission: "Admission") -> None:
        if admission.answered:
            host.failures, host.open_until = 0, None
        elif admission.opens_for_s is not None:
            host.failures += 1
            if admission.is_probe or host.failures >= admission.after_failures:
                host.open_until = max(host.open_until or 0.0, self.clock() + admission.opens_for_s)


@dataclass
class Admission:
    """One request's leave to call a host.

    Attributes:
        wait_s: how long the host is still left alone; 0 when the request may begin.
        is_probe: whether this request decides if the host is back.
    """

    wait_s: float
    is_probe: bool
    answered: bool = False
    opens_for_s: float | None = None
    after_failures: int = 1

    def succeeded(self) -> None:
        """The host answered, be it with a refusal."""
        self.answered = True

    def failed(self, after_failures: int, opens_for_s: float) -> None:
        """The host could not answer; the circuit opens for so long after so many failures in a row."""
        self.after_failures, self.opens_for_s = after_failures, opens_for_s


# One memory for the process: sources that share a host share its turns.
HOSTS = Hosts()
