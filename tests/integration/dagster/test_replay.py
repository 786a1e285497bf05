"""`lacquer replay`: refused lines, a contract and a door that are mended, and the lines in gold, each once."""

from dataclasses import replace
from pathlib import Path

import pytest

from assets.bronze import DOORS
from assets.silver.order_lines import ORDER_LINES
from lake.ingest.envelopes import Door
from tests.integration.dagster.running import Lacquer, ask, change, land, order, order_line

REFUSED = [
    change("orders", order("NEW-1"), 90_000_001),
    change("order_lines", order_line("NEW-1", qty=3), 90_000_002),
    change("order_lines", order_line("NEW-1", 2, item_category="merchandise", qty=5), 90_000_003),
    change("order_lines", order_line("NEW-1", 3, qty=7), 90_000_004, op="upd"),
]
REASONS = "select table_name, reason, letters, examples from dead_letter_reasons where examples like '%replay.jsonl%'"


@pytest.fixture(autouse=True)
def most_may_be_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACQUER_ALLOWED_BAD_SHARE", "0.9")


def mend() -> None:
    """Merchandise is allowed, and "upd" is an update: in place, for the assets hold both."""
    category = replace(ORDER_LINES["item_category"], allowed=("product", "service", "merchandise"))
    columns = tuple(category if one.name == "item_category" else one for one in ORDER_LINES.columns)
    door: Door = DOORS["erp_changes"][1]
    changed = [(ORDER_LINES, "columns", columns), (door, "op", f"replace({door.op}, 'upd', 'u')")]
    for thing, name, value in changed:
        before = getattr(thing, name)
        object.__setattr__(thing, name, value)
        _restore.append((thing, name, before))


_restore: list[tuple[object, str, object]] = []


@pytest.fixture(autouse=True)
def restored():
    yield
    while _restore:
        thing, name, before = _restore.pop()
        object.__setattr__(thing, name, before)


@pytest.mark.heavy
def test_refused_lines_are_taken_in_after_the_contract_was_mended(lake: Path, lacquer: Lacquer) -> None:
    land(lake, "2024-02-15--replay.jsonl", REFUSED)
    ran = lacquer("run", "--pack", "none", "--no-backtest")
    assert ran.exit_code == 0, ran.output
    assert (
        "warning: bronze/dead_letters: check new_reasons failed: lines are refused for reasons not seen" in ran.output
    )
    place = "erp/2024-02-15--replay.jsonl"
    assert sorted(ask_reasons(lake)) == [
        ("bronze/erp_changes", "unknown operation", f"{place}:4"),
        ("silver/order_lines", "item_category is none of product, service", f"{place}:3 'merchandise'"),
    ]
    before = ask(lake, "select count(*) from fct_order_line")

    mend()
    rehearsed = lacquer("replay", "--dead-letters", "--dry-run")
    assert rehearsed.exit_code == 0, rehearsed.output
    assert "nothing was written" in rehearsed.output
    assert ask(lake, "select count(*) from fct_order_line") == before
    replayed = lacquer("replay", "--dead-letters", "--table", "order_lines", "--table", "bronze/erp_changes")
    assert replayed.exit_code == 0, replayed.output

    lines = ask(lake, "select line_number, quantity from order_lines where order_id = 'NEW-1' order by all")
    assert lines == [(1, 3), (2, 5), (3, 7)]
    assert ask(lake, "select count(*) from fct_order_line") == [(before[0][0] + 2,)]
    assert ask_reasons(lake) == []
    checked = lacquer("check")
    assert checked.exit_code == 0, checked.output
    again = lacquer("replay", "--dead-letters", "--table", "silver/order_lines")
    assert again.exit_code == 0, again.output
    assert ask(lake, "select line_number from order_lines where order_id = 'NEW-1' order by all") == [(1,), (2,), (3,)]


def ask_reasons(lake: Path) -> list[tuple[str, str, str]]:
    from serving.queries.published import open_published

    rows = open_published(str(lake)).execute(REASONS).fetchall()
    return [(table, reason, examples.split("; ")[-1]) for table, reason, _, examples in rows]


def test_what_cannot_be_replayed_is_said(lacquer: Lacquer) -> None:
    assert "say what is to be replayed" in lacquer("replay").output
    unknown = lacquer("replay", "--dead-letters", "--table", "tracks_of_yore")
    assert unknown.exit_code == 1
    assert "no table that refuses lines is called so" in unknown.output
