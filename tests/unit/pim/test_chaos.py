"""Chaos: faults in every other request, a person who edits meanwhile, kills, two at once. Each write is made once."""

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from lake.lakehouse import Lake
from resources.pim.graphql import PimError
from resources.web.errors import WebError
from tests.pim_server.server import PimServer
from tests.unit.pim.conftest import publish, recorded, send, stock, wanted

CHECKOUT = Path(__file__).resolve().parents[3]
UNITS = {f"R{number:06}": 10.0 + number for number in range(1, 8)}

FAULTS = [
    *("cut", "timeout", "errors", "refused", "html", "429", "500", "502", "503"),
    *("applied:cut", "applied:timeout", "applied:errors", "applied:html", "applied:502", "late"),
]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.heavy) for seed in (2, 3))])
def test_after_chaos_the_pim_holds_the_forecasts_and_every_edit(lake: Lake, pim: PimServer, seed: int) -> None:
    """Three forecasts in a row, a fault in every other request, a person who edits meanwhile.

    A person saves between any two requests but a release's last look and its write, which nobody can tell apart.
    """
    draw = random.Random(seed)
    stock(pim, list(UNITS))
    edits: dict[tuple[str, str], Any] = {}

    def meddle(document: str) -> None:
        faults = pim.mutation_faults if document.startswith("mutation") else pim.query_faults
        made = FAULTS if document.startswith("mutation") else ["cut", "429", "500", "errors", "html"]
        if not faults and draw.random() < 0.4:
            faults.append(draw.choice(made))
        if not document.startswith("mutation") and draw.random() < 0.1:
            number = draw.randrange(len(UNITS))
            edits[f"R{number + 1:06}", "forecastUnits30dP90"] = value = float(draw.randrange(1000, 2000))
            pim.store.put(1001 + number, "Release", forecastUnits30dP90=value)

    units = UNITS
    for turn in range(3):
        units = {release: value + turn for release, value in units.items()}
        publish(lake, units)
        pim.before = meddle
        for _ in range(4):
            try:
                send(lake, pim)
            except (WebError, PimError):
                continue
        pim.before = lambda document: None
        pim.query_faults.clear()
        pim.mutation_faults.clear()
        for thread in pim.late:
            thread.join()
        while send(lake, pim).faults:
            pass
        assert pim.store.forecasts() == wanted(units) | edits
        assert {key: count for key, count in pim.store.written.items() if count > 1} == {}


KILLED = """
import os, signal, sys
from pathlib import Path
from assets.writeback.sending import write_back
from lake.lakehouse import Lake
from resources.pim.data_hub import DataHub
from resources.pim.graphql import GraphQL
from resources.pim.write_back import DataHubReleases
from resources.web.caller import WebCaller
from tests.pim_server.server import KEY

root, url, after = sys.argv[1], sys.argv[2], int(sys.argv[3])
sent = 0

class Dies(WebCaller):
    def request(self, *args, **more):
        global sent
        answer = super().request(*args, **more)
        sent += 1
        if sent == after:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

hub = DataHub(GraphQL(url, lambda: Dies("PIM", "Lacquer", secret_headers={"X-API-Key": KEY})))
write_back(Lake(root), DataHubReleases(hub, at_once=3), "killed")
"""


def test_a_kill_at_any_request_repeats_no_write(lake: Lake, pim: PimServer) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    # Killed after a look, after a write, in the second batch, and again and again until it is through.
    for after in (2, 3, 4, 6):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(lake.root), pim.url, str(after)], cwd=CHECKOUT, capture_output=True
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    # What was begun and may stand there is still ours when the forecast has moved on.
    moved = {release: value + 1 for release, value in UNITS.items()}
    publish(lake, moved)
    assert send(lake, pim).faults == []
    assert pim.store.forecasts() == wanted(moved)
    assert set(pim.store.written.values()) == {1}
    assert recorded(lake, "select count(*) from writeback_conflicts") == [(0,)]
    assert send(lake, pim).releases == 0


def test_two_write_backs_at_once_write_each_change_once(lake: Lake, pim: PimServer) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    both = [threading.Thread(target=send, args=(lake, pim)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert pim.store.forecasts() == wanted(UNITS)
    assert set(pim.store.written.values()) == {1}
    assert recorded(lake, "select count(*), count(distinct (release_id, field)) from writebacks") == [(35, 35)]
