"""Workers: their places, and what becomes of the requests of one that is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lake.journals.generation import Standing, read_standings
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.making import Outcome
from resources.generation.requests import ask
from resources.generation.tables import ASSETS_KEY, write_tables
from resources.generation.working import work
from tests.generation_builders import WISH, draft, planted

CHECKOUT = Path(__file__).parents[3]


def test_a_second_worker_finds_no_place(lake: Lake) -> None:
    ask(lake, WISH, "ana")
    found: list[str | None] = []

    def make() -> Outcome:
        found.append(work(lake, Generation()).skipped)
        return draft()

    work(lake, planted(make))
    assert [one and one.startswith("skipped: all 1 places") for one in found] == [True]


SLOW = """
import sys, time
from pathlib import Path
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.making import Made, Outcome, Planned
from resources.generation.working import work

class SlowMaker:
    def plan(self, request):
        return Planned({})

    def make(self, request, planned, folder_of):
        time.sleep(0.05)
        if not request.details["names"]:  # the draft was noted before the other worker was killed
            return Outcome(())
        details = {"content": "x", "sha256": "0", "backend": "b", "backend_version": "1", "seed": 0}
        return Outcome((Made("shop", {**details, "inputs": {}, "scores": {}, "findings": []}),))

work(Lake(sys.argv[1]), Generation(places=2, makers={"text": lambda lake: SlowMaker()}))
"""


@pytest.mark.heavy
def test_fifty_requests_on_two_workers_end_though_one_is_killed(lake: Lake) -> None:
    """The killed worker's request goes back and is made by somebody else; nothing is made twice."""
    wanted = {ask(lake, WISH, "ana").id for _ in range(50)}
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    workers = [subprocess.Popen([sys.executable, "-c", SLOW, str(lake.root)], env=environment) for _ in range(2)]
    busy: list[Standing] = []
    while not busy:
        time.sleep(0.3)
        assert any(worker.poll() is None for worker in workers)
        standings = list(read_standings(lake).values())
        if sum(one.state == "completed" for one in standings) >= 5:
            busy = [one for one in standings if one.state == "generating"]
    killed = next(worker for worker in workers if busy[0].details["token"].startswith(f"{worker.pid}-"))
    killed.send_signal(signal.SIGKILL)
    assert sorted(worker.wait(240) for worker in workers) == [-signal.SIGKILL, 0]
    work(lake, Generation(places=2))
    after = read_standings(lake)
    assert {one.id for one in after.values() if one.state == "completed"} == wanted
    assets = [one.details["request_id"] for one in after.values() if one.subject == "asset"]
    assert sorted(assets) == sorted(wanted)
    assert sum(one.attempts == 2 for one in after.values()) == 1
    assert write_tables(lake)[ASSETS_KEY] >= 0
