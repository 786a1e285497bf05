"""Lets worlds of trouble share a lake, each with a table of its own, and compares their tables with the truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assets.bronze.erp_changes import DOOR, ERP_CHANGES
from assets.silver import FEEDS
from assets.silver.order_lines import ORDER_LINES
from lake.contract import Contract
from lake.ingest.landing.listing import unread
from lake.ingest.pulls.left_out import take_in_with_left_out
from lake.ingest.pulls.moved import taking_moved
from lake.ingest.pulls.truncated import taking_in
from lake.lakehouse import Lake
from lake.silver.integrity import balance
from lake.silver.refresh import refresh
from lake.silver.sql import Feed
from tests.lake_builders import dead_letters, new_session, rows
from tests.trouble.changes import ChangesWorld, Landing
from tests.trouble.extracts import PRICE, ExtractsWorld

World = ChangesWorld | ExtractsWorld
STREAMS = ("erp", "pim", "signals", "feedback")


@dataclass
class Outcome:
    """What runs told of one world: changes that are tied, and notes that name its table."""

    tied: int = 0
    notes: list[str] = field(default_factory=list)


def world_of(seed: int) -> World:
    """The world of a seed, with a table of its own."""
    kind = ExtractsWorld if seed % 3 == 2 else ChangesWorld
    return kind.of(seed, f"lines_{seed:06}")


def table_of(world: World) -> tuple[Contract, Feed]:
    """The silver table of a world, as order lines are."""
    return replace(ORDER_LINES, name=world.table), replace(FEEDS["order_lines"], source=world.table)


def write(root: Path, one: Landing) -> None:
    """Write the file below the landing folder."""
    path = root / "landing" / one.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(one.content)


def run(lake: Lake, worlds: Sequence[World]) -> dict[int, Outcome]:
    """Land the files of all worlds round by round, with runs between; seed -> what was told."""
    keys = {world.table: ("order_id", "line_no") for world in worlds}
    take = taking_moved(taking_in(take_in_with_left_out, keys), keys)
    told = {world.seed: Outcome() for world in worlds}
    for world in worlds:
        if isinstance(world, ExtractsWorld):
            options = json.dumps(world.options).encode()
            write(lake.root, Landing(f"erp/extracts/{world.table}/extract.yml", options, []))
    for number in range(max(len(world.landings) for world in worlds)):
        there = [world for world in worlds if number < len(world.landings)]
        for world in there:
            write(lake.root, world.landings[number])
        session = new_session(lake)
        landed = take(lake, session, ERP_CHANGES, DOOR, lake.root / "landing" / "erp")
        assert landed.is_balanced
        for world in worlds:
            told[world.seed].notes += [
                note for note in landed.notes if f"{world.table}:" in note or f"{world.table}/" in note
            ]
        for world in there:
            if world.landings[number].runs:
                contract, feed = table_of(world)
                done = refresh(lake, session, contract, feed)
                told[world.seed].tied += done.batch.tied
                found = balance(lake, lake.table(contract), contract, feed, done.version)
                assert found.passed, (world.seed, found.words)
    return told


def differences(lake: Lake, world: World, told: Outcome) -> list[str]:
    """What differs from the world's truth and was not told, and what was told and is not so."""
    contract, _ = table_of(world)
    stored = rows(lake, f"silver/{contract.name}")
    found = {(row["order_id"], row["line_number"]): row["quantity"] for row in stored}
    expected, said = world.expected(), []
    is_unsure = any("not sure" in note for note in told.notes)
    wrong = {key for key, right in expected.items() if found.get(key) not in right} | (set(found) - set(expected))
    if wrong and not is_unsure:
        said.append(f"{sorted(wrong)}: {found} for {expected}")
    if any(len(right) > 1 for right in expected.values()) and not told.tied:
        said.append("ties were not told")
    dead = [*dead_letters(lake, f"silver/{contract.name}"), *dead_letters(lake, "bronze/erp_changes")]
    refused = sum(world.table in row["landed_path"] for row in dead)
    if refused != world.refused:
        said.append(f"{refused} dead letters for {world.refused}")
    if isinstance(world, ExtractsWorld):
        if world.is_noted != any("deletes nothing" in n or "left out" in n for n in told.notes):
            said.append(f"a snapshot that is not whole: {told.notes}")
        if prices := {str(row["unit_price"]) for row in stored} - {f"{PRICE}0"}:
            said.append(f"prices {prices}")
    names = {line.split(":")[0] for line in unread(lake.root / "landing", STREAMS)}
    if missing := {f"landing/{folder}" for folder in world.misplaced} - names:
        said.append(f"nothing told of {missing}")
    return said
