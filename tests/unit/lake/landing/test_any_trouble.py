"""Worlds of trouble against the databases that they come from: what differs is told, never silent.

LACQUER_TROUBLE=2000 tries the worlds of the first two thousand seeds.
"""

import os
from pathlib import Path

import pytest

from lake.lakehouse import Lake
from tests.trouble.running import differences, run, world_of

GROUP = 10
WORLDS = int(os.environ.get("LACQUER_TROUBLE", GROUP))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(0, WORLDS, GROUP))
def test_worlds_of_trouble_differ_in_nothing_that_is_not_told(tmp_path: Path, first: int) -> None:
    lake, worlds = Lake(tmp_path), [world_of(seed) for seed in range(first, first + GROUP)]
    told = run(lake, worlds)

    found = {world.seed: differences(lake, world, told[world.seed]) for world in worlds}
    assert {seed: said for seed, said in found.items() if said} == {}
