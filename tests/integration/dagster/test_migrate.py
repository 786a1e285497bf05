"""`lacquer migrate`: a contract is changed, the run stops and names the command, the command carries the table over."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assets.silver.prices import PRICES
from assets.silver.tracks import TRACKS
from lake.contract import Contract
from lake.lakehouse import Lake
from tests.integration.dagster.running import Lacquer, ask

DERIVED = ("arrow_schema", "stored_columns")


@pytest.fixture
def renamed() -> Iterator[None]:
    """The contract calls a duration a length from now on: changed in place, for the asset holds this object."""
    before = TRACKS.columns
    length = replace(TRACKS["duration_ms"], name="length_ms", renamed_from="duration_ms")
    _set_columns(tuple(length if one.name == "duration_ms" else one for one in before))
    yield
    _set_columns(before)


def _set_columns(columns: tuple, contract: Contract = TRACKS) -> None:
    object.__setattr__(contract, "columns", columns)
    for name in DERIVED:
        vars(contract).pop(name, None)


@pytest.mark.heavy
@pytest.mark.usefixtures("renamed")
def test_a_renamed_column_is_carried_over_and_seen_only_when_all_has_passed(lake: Path, lacquer: Lacquer) -> None:
    said = sorted(ask(lake, "select track_id, duration_ms from tracks"))
    assert said
    assert any(length for _, length in said)

    stopped = lacquer("run", "--pack", "none", "--no-backtest")
    assert stopped.exit_code == 1
    assert "lacquer migrate" in " ".join(stopped.output.split())
    assert sorted(ask(lake, "select track_id, duration_ms from tracks")) == said

    versions = Lake(lake).versions()
    rehearsed = lacquer("migrate", "--dry-run")
    assert rehearsed.exit_code == 0, rehearsed.output
    assert "silver/tracks" in rehearsed.output
    assert "nothing was written" in rehearsed.output
    assert Lake(lake).versions() == versions

    unheard_of = lacquer("migrate", "--table", "silver/tracks", "--from-version", "99", "--dry-run")
    assert unheard_of.exit_code == 1
    assert "silver/tracks has the versions 0 to " in " ".join(unheard_of.output.split())

    migrated = lacquer("migrate")
    assert migrated.exit_code == 0, migrated.output
    assert sorted(ask(lake, "select track_id, length_ms from tracks")) == said
    assert "duration_ms" not in [row[0] for row in ask(lake, "describe tracks")]
    checked = lacquer("check")
    assert checked.exit_code == 0, checked.output

    again = lacquer("migrate")
    assert again.exit_code == 0, again.output
    assert "is as its contract says" in " ".join(again.output.split())


@pytest.fixture
def in_whole_units() -> Iterator[None]:
    """A contract that keeps prices without cents from now on."""
    before = PRICES.columns
    whole = replace(PRICES["price"], type="decimal(18, 0)")
    _set_columns(tuple(whole if one.name == "price" else one for one in before), PRICES)
    yield
    _set_columns(before, PRICES)


@pytest.mark.usefixtures("in_whole_units")
def test_a_rehearsal_tells_of_the_digits_that_would_be_rounded_away(lake: Path, lacquer: Lacquer) -> None:
    (broken,) = ask(lake, "select count(*) from prices where price <> round(price)")[0]
    assert broken

    rehearsed = lacquer("migrate", "--dry-run")

    said = " ".join(rehearsed.output.split())
    assert f"price: {broken} values are no decimal(18, 0) exactly, first: (" in said
    assert "rounded" in said
    assert "0 would be dead letters" in said


def test_a_table_that_cannot_be_migrated_is_answered_with_those_that_can(lacquer: Lacquer) -> None:
    answer = lacquer("migrate", "--table", "bronze/erp_changes")
    assert answer.exit_code == 1
    assert "silver/tracks" in answer.output
