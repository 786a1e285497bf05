"""A campaign: two readers of the same partitions, killed one after the other, and the broker once."""

import itertools
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.events import FEED, PARTITIONS, STATE, Ledger, messages
from benchmarks.chaos.verdict import Verdict, judge
from benchmarks.failures import BenchmarkError
from benchmarks.servers.kafka import Broker
from resources.settings import PROJECT_ROOT

# The steps of a batch at which a reader is killed; every second kill comes at a random moment instead.
STEPS = ("fetched", "parsed", "refused", "committed")
READERS, PATIENCE_S, END_S = 2, 15.0, 600.0


class CampaignFailedError(BenchmarkError):
    """The readers did not come to the end."""


@dataclass(frozen=True)
class Campaign:
    """What was done, and what became of the messages."""

    verdict: Verdict
    kills: dict[str, int]
    broker_kills: int
    seed: int
    seconds: float

    def line(self) -> str:
        """The closing line."""
        one, at = self.verdict, ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        return (
            f"chaos: {one.sent:,} messages, {sum(self.kills.values())} kills of {READERS} readers ({at}), "
            f"{self.broker_kills} of the broker, seed {self.seed}: {one.lost} lost, {one.doubled} doubled, "
            f"{one.altered} altered, {one.dead:,} dead-lettered of {one.malformed:,} malformed, "
            f"{one.misjudged} misjudged, {one.wrong} of {one.keys:,} keys wrong; {self.seconds:.0f} s"
        )


def run(events: int, kills: int, say: Callable[[str], None], seed: int | None = None) -> Campaign:
    """Send so many events while readers are killed so often.

    Raises:
        CampaignFailedError: a reader failed by itself, or does not come to the end.
    """
    seed, began = random.randrange(10**6) if seed is None else seed, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lacquer-chaos-") as name:
        folder = Path(name)
        broker = Broker(folder / "broker").start()
        try:
            topic = broker.create("chaos", PARTITIONS)
            ledger = Ledger(folder / "ledger.csv", broker, topic)
            readers = _Readers(folder, broker.address, topic, seed)
            try:
                killed = _kill_through(ledger, broker, readers, events, kills, seed, say)
                readers.finish()
            finally:
                readers.end()
                ledger.close()
            refresh_state(folder / "lake")
            verdict = judge(folder / "lake", ledger.file, topic)
        finally:
            broker.stop()
    return Campaign(verdict, killed, 1 if kills else 0, seed, time.monotonic() - began)


def _kill_through(
    ledger: Ledger, broker: Broker, readers: "_Readers", events: int, kills: int, seed: int, say: Callable[[str], None]
) -> dict[str, int]:
    """Send the events in rounds, with one kill in each; how many kills there were, by where they hit."""
    found, killed = messages(events, seed), dict[str, int]()
    steps = itertools.cycle(STEPS)
    for turn in range(kills):
        where = next(steps) if turn % 2 == 0 else "random"
        if where != "random":
            readers.arm(turn % READERS, where)
        ledger.send(found, max(1, events // (kills + 1)))
        if turn == kills // 2:
            broker.kill()
            broker.start()
        if not readers.kill(turn % READERS, at_random=where == "random"):
            where = "random"
        killed[where] = killed.get(where, 0) + 1
        say(f"{ledger.sent:,} messages sent, {sum(killed.values())} kills")
    ledger.send(found, 2 * events)
    return killed


def refresh_state(root: Path) -> None:
    """Bring silver up to the messages, by our own code: the verdict asks whether it is right."""
    from lake.lakehouse import Lake
    from lake.silver.refresh import refresh

    lake = Lake(root)
    refresh(lake, lake.session(uuid.uuid4().hex), STATE, FEED)


class _Readers:
    """The readers' processes; one that was killed is started again."""

    def __init__(self, folder: Path, brokers: str, topic: str, seed: int) -> None:
        self._draw, self._stop, self._log = random.Random(seed), folder / "stop", folder / "readers.log"
        module = [sys.executable, "-m", "benchmarks.chaos.child"]
        self._command = [*module, str(folder / "lake"), brokers, topic, str(self._stop)]
        self._running = [self._start() for _ in range(READERS)]

    def _start(self, *more: str) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen([*self._command, *more], stdout=log, stderr=log, cwd=PROJECT_ROOT)

    def arm(self, number: int, step: str) -> None:
        """Replace a reader by one that kills itself the first time that it has done the step."""
        self._running[number].kill()
        self._running[number].wait()
        self._running[number] = self._start(step, "1")

    def kill(self, number: int, *, at_random: bool) -> bool:
        """Kill a reader, or wait until it has killed itself, and start another; whether it was killed as asked."""
        one, patience = self._running[number], PATIENCE_S
        if at_random:
            time.sleep(self._draw.uniform(0.5, 3.0))
            self._check(one)
            one.kill()
        try:
            one.wait(patience)
        except subprocess.TimeoutExpired:  # the other reader took every batch, so this one never came to the step
            one.kill()
            one.wait()
            self._running[number] = self._start()
            return False
        self._running[number] = self._start()
        return True

    def finish(self) -> None:
        """Let the readers come to the end of the topic.

        Raises:
            CampaignFailedError: one of them does not.
        """
        self._stop.touch()
        for one in self._running:
            try:
                one.wait(END_S)
            except subprocess.TimeoutExpired:
                raise CampaignFailedError(f"a reader does not come to the end: {self._said()}") from None
            self._check(one, ended=True)

    def end(self) -> None:
        """Leave no process behind."""
        for one in self._running:
            if one.poll() is None:
                one.kill()
            one.wait()

    def _check(self, one: "subprocess.Popen[bytes]", *, ended: bool = False) -> None:
        if one.poll() not in ((0,) if ended else (None, -9)):
            raise CampaignFailedError(f"a reader failed by itself: {self._said()}")

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]
