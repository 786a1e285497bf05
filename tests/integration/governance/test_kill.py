"""kill -9 at twenty random moments of registering, promoting and rolling back leaves exactly one champion."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ml.promotion.events import SERVES, reigns
from tests.integration.governance.toy import MODEL, START, candidate, registry_at

CHECKOUT = Path(__file__).resolve().parents[3]
WORK = """
import sys
from dataclasses import replace
from pathlib import Path
from ml.promotion.events import PromotionError
from tests.integration.governance.toy import MODEL, START, candidate, registry_at
registry = registry_at(Path(sys.argv[1]))
print("ready", flush=True)
week = len(registry.versions(MODEL))
while True:
    week += 1
    row = registry.submit(replace(candidate("ab"[week // 2 % 2], week), losses=None), "run", START)
    try:
        registry.promote(MODEL, row["version"], by="loop", why="w", at=START)
        registry.rollback(MODEL, by="loop", why="w", at=START)
    except PromotionError:
        pass
"""


@pytest.mark.heavy
def test_kills_leave_one_champion(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    registry = registry_at(tmp_path)
    registry.submit(candidate("a", 0), "run", START)
    events = registry.events(MODEL)
    for kill in range(20):
        command = [sys.executable, "-c", WORK, str(tmp_path)]
        with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0.1, 2.0))
            process.send_signal(signal.SIGKILL)
        after = registry.events(MODEL)
        assert after[: len(events)] == events, (seed, kill)
        assert [row["sequence"] for row in after] == list(range(1, len(after) + 1)), (seed, kill)
        events = after
        versions = {row["version"] for row in registry.versions(MODEL)}
        assert sum(reign.until is None for reign in reigns(events, MODEL)) == 1
        champion = registry.champion(MODEL)
        assert champion is not None
        assert champion["version"] in versions
        assert registry.artefact(champion), "what serves can be read"
        assert [row["version"] for row in events if row["event"] in SERVES][-1] == champion["version"]
    assert len(events) > 20, "the kills came before anything was done"
