"""A server of several workers over a small lake with open alerts, for tests; the processes are real."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from benchmarks.servers.java import free_ports
from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages
from tests.serving_clients import PASSWORD

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class WorkerServer:
    """A running server.

    Attributes:
        process: the parent of the workers.
        place: its address.
        key: an API key that may read, act on alerts, report feedback and upload audio.
        lake: what it serves.
    """

    process: "subprocess.Popen[bytes]"
    place: str
    key: str
    lake: Lake

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        named = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in children}
        return [one for one, command in named.items() if b"spawn_main" in command]

    def answers(self) -> bool:
        """Whether a worker answers."""
        try:
            return httpx.get(f"{self.place}/v1/health", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition, two minutes at most."""
        for _ in range(1200):
            assert self.process.poll() is None, "the server has ended"
            if holds():
                return
            time.sleep(0.1)
        raise AssertionError("waited for two minutes")


def planted(root: Path, alerts: int) -> Lake:
    """A lake with open alerts a1, a2 and so on."""
    from lake.journals.alerts import note_events
    from resources.alerting import write_alerts

    lake = serving_lake.build(root)
    event: dict[str, Any] = {"seq": 1, "release_id": "R1", "event": "opened", "next_step": "order now", "until": None}
    event |= {"cause": "stock", "type": "stock", "ds": date(2026, 1, 31), "who": "rules", "why": "rule", "stake": 9.0}
    event |= {"rule": "stock_out", "priority": "high", "urgency": 0.5, "rule_version": 1, "message": "runs out"}
    numbers = range(1, alerts + 1)
    note_events(lake, [event | {"event_id": f"e{n}", "alert_id": f"a{n}", "condition": None} for n in numbers])
    lake.publish(write_alerts(lake), "alerts")
    return lake


@contextmanager
def served_by_workers(root: Path, *options: str, alerts: int = 1, count: int = 3) -> Iterator[WorkerServer]:
    """A server of workers, ready to answer; `ana` is a planner with an account."""
    need_packages("fastapi", "strawberry", "uvicorn", "argon2", "django_htmx", target="serve-tools")
    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.accounts.users import add_user
    from serving.api.services import Services

    lake = planted(root, alerts)
    services = Services.of(Settings(lake=lake.root))
    may = ["read", "alerts", "feedback", "landing"]
    key = create_key(services.database, services.hasher, "test", may, None, "test")[1]
    with services.database.write() as con:
        add_user(con, "ana", "planner", None, PASSWORD)
    services.close()
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "serving.cli", "serve", "--lake", str(root), "--port", str(port)]
    command += ["--workers", str(count), *options]
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "LACQUER_RATE_LIMIT": "100000/minute"}
    inbox = root.with_name("inbox")
    inbox.mkdir()
    env["LACQUER_INBOX"] = str(inbox)
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            server = WorkerServer(process, f"http://127.0.0.1:{port}", key, lake)
            server.wait_until(server.answers)
            server.wait_until(lambda: len(server.workers) == count)
            yield server
        finally:
            process.terminate()
            process.wait(60)
