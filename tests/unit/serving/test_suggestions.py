"""Suggestions that were dismissed stay away until they change, and a person's list follows what the person did."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from typer.testing import Result

from lake.delta.table import Table
from lake.lakehouse import Lake
from ml.decisions.personal import ranked_for
from serving.queries.published import open_reader
from serving.queries.sections import section

Lacquer = Callable[..., Result]


def growth(money: float) -> pa.Table:
    rows = [
        {"action_id": "aaa1", "kind": "market", "release_id": "R1", "target": "IT", "impact": money, "rank": 1},
        {"action_id": "bbb2", "kind": "buyer", "release_id": "R2", "target": "B1", "impact": 50.0, "rank": 2},
    ]
    more = {
        "rule_version": 2,
        "confidence": 0.5,
        "urgency": 0.5,
        "next_step": "offer it",
        "reason": "it sells elsewhere",
    }
    return pa.Table.from_pylist([row | more for row in rows])


def listings(title_length: float) -> pa.Table:
    row = {"release_id": "R1", "kind": "title_length", "field": "title", "value": "lengthen", "weight": title_length}
    more = {"impact": 10.0, "rank": 1, "rule_version": 1, "confidence": 0.7, "urgency": 1.0, "reason": "it is short"}
    return pa.Table.from_pylist([row | more])


@pytest.fixture
def suggested(tmp_path: Path) -> Lake:
    store = Lake(tmp_path / "lake")
    tables = {
        "gold/growth_actions": growth(100.0),
        "gold/listing_suggestions": listings(4.0),
        "gold/dim_release": pa.table({"release_id": ["R1", "R2"], "label_id": ["L1", "L2"]}),
        "gold/dim_buyer": pa.table({"buyer_id": ["B1"], "country": ["DE"]}),
    }
    for key, rows in tables.items():
        Table(store.path(key)).overwrite(rows)
    store.publish(store.versions(), "test")
    return store


def again(store: Lake, key: str, rows: pa.Table) -> None:
    """A run that computed the table anew."""
    store.publish({key: Table(store.path(key)).overwrite(rows)}, "again")


def on_the_page(store: Lake) -> list[str]:
    """The growth actions that the dashboard shows."""
    reader, _ = open_reader(str(store.root))
    shown = section(reader, "growth")
    assert shown is not None
    return [row["action_id"] for row in shown.rows]


def test_what_was_dismissed_returns_only_when_it_has_changed(lacquer: Lacquer, suggested: Lake) -> None:
    lake = ("--lake", suggested.root)
    assert "aaa1  market  R1" in lacquer("suggestions", *lake).output
    answer = lacquer("suggestions", "dismiss", "aaa", "--by", "ana", "--why", "the label says no", *lake)
    assert answer.output.strip() == "aaa1 is dismissed"
    assert "aaa1" not in lacquer("suggestions", *lake).output
    again(suggested, "gold/growth_actions", growth(120.0))
    shown = lacquer("suggestions", *lake).output
    assert "aaa1" not in shown
    assert "1 suggestions stand" in shown
    answer = lacquer("suggestions", "done", "aaa1", "--by", "ana", "--why", "again", *lake)
    assert answer.exit_code == 1
    assert "0 suggestions that stand begin so" in answer.output
    assert on_the_page(suggested) == ["bbb2"]
    again(suggested, "gold/growth_actions", growth(130.0))
    assert on_the_page(suggested) == ["aaa1", "bbb2"]
    assert "aaa1" in lacquer("suggestions", *lake).output


def test_a_title_that_was_dismissed_returns_with_another_length(lacquer: Lacquer, suggested: Lake) -> None:
    lake = ("--lake", suggested.root)
    shown = lacquer("suggestions", "--of", "listings", *lake).output
    identity = shown.split()[0]
    lacquer("suggestions", "dismiss", identity, "--by", "ana", "--why", "it is the title", *lake)
    assert "0 suggestions stand" in lacquer("suggestions", "--of", "listings", *lake).output
    again(suggested, "gold/listing_suggestions", listings(6.0))
    assert identity in lacquer("suggestions", "--of", "listings", *lake).output


def test_the_list_of_a_person_follows_what_the_person_did(lacquer: Lacquer, suggested: Lake) -> None:
    """Ana dismissed R1 for Italy, then it came back: 100 x 2/3 for each of kind, label and country is below 50."""
    lake = ("--lake", suggested.root)
    lacquer("suggestions", "dismiss", "aaa1", "--by", "ana", "--why", "no", *lake)
    again(suggested, "gold/growth_actions", growth(140.0))
    assert lacquer("suggestions", *lake).output.startswith("aaa1")
    assert lacquer("suggestions", "--for", "ben", *lake).output.startswith("aaa1")
    assert lacquer("suggestions", "--for", "ana", *lake).output.startswith("bbb2")


def test_preferences_are_shares_of_acts_carried_out() -> None:
    rows = pl.DataFrame(
        {
            "kind": ["buyer", "market"],
            "label_id": ["L1", None],
            "territory": ["DE", "IT"],
            "impact": [10.0, 10.0],
            "confidence": [1.0, 1.0],
            "urgency": [0.5, 0.5],
        }
    )
    acts = pl.DataFrame(
        {
            "act": ["done", "done", "dismissed"],
            "kind": ["buyer", "buyer", "market"],
            "label_id": ["L1", "L9", None],
            "territory": ["DE", "DE", "FR"],
        }
    )
    found = ranked_for(rows, acts)
    buyer = (2 * 3 / 4) * (2 * 2 / 3) * (2 * 3 / 4)
    assert found["kind"].to_list() == ["buyer", "market"]
    assert found["preference"].to_list() == pytest.approx([buyer, 2 * 1 / 3])
    assert found["urgency"].to_list() == [0.5, 0.5]
    assert found["score"].to_list() == pytest.approx([10 * 0.5 * buyer, 10 * 0.5 * 2 / 3])
