"""The folder of this machine that stands for a lake in object storage.

A command that reads brings it to the newest state. A command that writes holds the lake's lease while it works, and
its work is in the lake when it has been pushed, at its end and every minute before. Processes of one machine share
folder and lease as they would share a lake in a folder.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lake.backup.manifest import Manifest, manifest_text
from lake.delta.storage import locked, locked_if_free, shared
from lake.lakehouse import Lake
from lake.remote.lease import RUNS_OUT_S, Lease
from lake.remote.objects import Objects, RemoteError
from lake.remote.pulling import pull, read_state
from lake.remote.pushing import OvertakenError, Pushed, collect, push
from lake.remote.sequence import Sequence

RENEWS_EVERY_S = 15.0
PUSHES_EVERY_S = 60.0
UNUSED_FOR = dt.timedelta(days=2)


@dataclass(frozen=True)
class _Base:
    """The state that a folder is based on, and whether it is that state: no command has begun work since."""

    number: int = 0
    manifest: Manifest | None = None
    is_clean: bool = True


@dataclass(frozen=True)
class WorkingCopy:
    """The working copy of one lake.

    Attributes:
        objects: the lake in object storage.
        root: the folder that stands for it.
        tell: is called with what people should know.
        runs_out_s: after how long without a sign another machine's lease is taken over.
    """

    objects: Objects
    root: Path
    tell: Callable[[str], None]
    runs_out_s: float = RUNS_OUT_S

    @property
    def database(self) -> Path:
        """The operational SQLite database, where it is no server's."""
        return self.root.with_name(f"{self.root.name}.operational.sqlite")

    def refresh(self) -> None:
        """Bring the folder to the newest state, unless a process of this machine is writing in it: then it is ahead.

        Raises:
            RemoteError: the storage does not answer.
        """
        self._make()
        with locked_if_free(self._beside("use.lock")) as is_alone:
            if is_alone:
                self._pull()
        with shared(self._beside("use.lock")):
            pass  # another process has brought it there

    @contextmanager
    def writing(self, wait_s: float) -> Iterator[None]:
        """Work in the folder: at the newest state, under the lease; what was done is pushed at the end.

        Args:
            wait_s: for how long to wait while another machine works on the lake.

        Raises:
            HeldError: another machine held the lease all the time.
            OvertakenError: another machine took over; what was done here is not in the lake.
            RemoteError: the storage does not answer.
        """
        self._make()
        with self._leased(wait_s) as lease:
            stop = threading.Event()
            keeper = threading.Thread(target=self._keep, args=(lease, stop), daemon=True)
            keeper.start()
            try:
                yield
            finally:
                stop.set()
                keeper.join()
                if pushed := self._push():
                    self.tell(f"{self.objects.address}: state {pushed.number}, {pushed.uploaded:,} objects uploaded "
                              f"({pushed.uploaded_bytes:,} bytes)")  # fmt: skip
        with locked_if_free(self._beside("use.lock")) as is_last:
            if is_last:
                base = self._base()
                self._write_base(_Base(base.number, base.manifest, is_clean=True))
                lease.release()

    def collect(self) -> None:
        """Delete contents that none of the kept states holds; for who writes."""
        states = Sequence(self.objects, "states").contents()
        count = collect(self.objects, (read_state(self.objects, one) for one in states), UNUSED_FOR)
        self.tell(f"{self.objects.address}: {count:,} unused objects deleted")

    @contextmanager
    def _leased(self, wait_s: float) -> Iterator[Lease]:
        who = f"{socket.gethostname()} (process {os.getpid()})"
        lease = Lease(Sequence(self.objects, "leases"), self._holder(), who)

        def waits(other: str) -> None:
            self.tell(f"{self.objects.address}: waiting for {other}")

        while True:
            with locked_if_free(self._beside("use.lock")) as is_alone:
                if is_alone:
                    lease.acquire(wait_s, waits, self.runs_out_s)
                    self._pull()
            with shared(self._beside("use.lock")):
                if lease.is_held():  # else a process that read was pulling, or the last one that wrote has just left
                    base = self._base()
                    self._write_base(_Base(base.number, base.manifest, is_clean=False))
                    yield lease
                    return

    def _keep(self, lease: Lease, stop: threading.Event) -> None:
        """Renew the lease, and push now and then, until the work ends; interrupt it when another has taken over."""
        pushed = time.monotonic()
        while not stop.wait(RENEWS_EVERY_S):
            try:
                if not lease.is_held():
                    raise OvertakenError(f"lake {self.objects.address}: another machine has taken over; give up")
                lease.renew()
                if time.monotonic() - pushed > PUSHES_EVERY_S:
                    self._push()
                    pushed = time.monotonic()
            except OvertakenError as error:
                self.tell(str(error))
                os.kill(os.getpid(), signal.SIGINT)
                return
            except RemoteError as error:
                self.tell(f"{error}; trying again")

    def _pull(self) -> None:
        base = self._base()
        trusted = base.number if self.root.is_dir() and not base.is_clean else 0
        number, manifest = pull(self.root, self.database, self.objects, trusted)
        if number < base.number:
            raise RemoteError(
                f"lake {self.objects.address}: its newest state is {number}, and {self.root.parent} was at "
                f"{base.number}; move that folder away if the storage was emptied"
            )
        if (number, manifest) != (base.number, base.manifest):
            self._write_base(_Base(number, manifest, is_clean=number != base.number or base.is_clean))

    def _push(self) -> Pushed | None:
        if not self.root.is_dir():
            return None
        with locked(self._beside("push.lock")):
            base = self._base()
            done = push(Lake(self.root), self.database, self.objects, (base.number, base.manifest))
            if done:
                self._write_base(_Base(done.number, done.manifest, is_clean=False))
        return done

    def _make(self) -> None:
        self.root.parent.mkdir(parents=True, exist_ok=True)

    def _beside(self, name: str) -> Path:
        return self.root.with_name(name)

    def _holder(self) -> str:
        file = self._beside("holder")
        with contextlib.suppress(FileExistsError), file.open("x", encoding="utf-8") as opened:
            opened.write(uuid.uuid4().hex)
        return file.read_text(encoding="utf-8")

    def _base(self) -> _Base:
        file = self._beside("base.json")
        if not file.exists():
            return _Base()
        raw = json.loads(file.read_text(encoding="utf-8"))
        manifest = read_state(self.objects, raw["manifest"].encode()) if raw["manifest"] else None
        return _Base(raw["number"], manifest, raw["is_clean"])

    def _write_base(self, base: _Base) -> None:
        text = manifest_text(base.manifest) if base.manifest else None
        part = self._beside(f"base.{os.getpid()}.{threading.get_ident()}.part")
        part.write_text(json.dumps({"number": base.number, "manifest": text, "is_clean": base.is_clean}), "utf-8")
        part.replace(self._beside("base.json"))
